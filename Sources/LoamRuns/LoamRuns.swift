/// The version of the package's `LoamRuns` library.
public enum LoamRunsVersion {}
