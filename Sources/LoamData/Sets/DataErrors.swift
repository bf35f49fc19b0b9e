import LoamRuns
import LoamTensor

extension DataSetError: LoamErrorConvertible {
    /// A set that is not there is missing input; a name or a request that makes no sense is wrong usage.
    public var loamError: LoamError {
        switch self {
        case .missing: LoamError(.noInput, description)
        case .unknown, .invalid: LoamError(.usage, description)
        }
    }
}
