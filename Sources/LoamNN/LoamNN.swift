/// The version of the package's `LoamNN` library.
public enum LoamNNVersion {}
