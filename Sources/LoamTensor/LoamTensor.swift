/// The version of the package's `LoamTensor` library.
public enum LoamTensorVersion {}
