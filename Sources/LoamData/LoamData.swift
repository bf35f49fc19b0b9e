/// The version of the package's `LoamData` library.
public enum LoamDataVersion {}
