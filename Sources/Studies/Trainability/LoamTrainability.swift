/// The version of the package's `LoamTrainability` library.
public enum LoamTrainabilityVersion {}
