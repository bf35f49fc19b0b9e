import LoamRuns
import LoamLandscape
import LoamTrainability

/// The studies of this build. One line each; everything else (commands, help, completions, `list`, `reproduce`) follows from them.
let providers: [any StudyProvider.Type] = [LandscapeStudy.self, TrainabilityStudy.self]

/// Their descriptions.
let studies: [Study] = providers.map { $0.study }
