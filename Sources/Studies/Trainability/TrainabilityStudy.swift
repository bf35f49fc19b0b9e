import LoamRuns

/// The study `trainability`.
public enum TrainabilityStudy: StudyProvider {
    /// Its description and its verbs.
    public static let study = Study(
        name: "trainability", title: "Which initialisations train: reconstruction cascades",
        summary:
            "Predicts the variances and depths at which a deep network can be trained, by reconstructing the input from every layer of the "
            + "untrained network, beside mean-field theory and real training.",
        paper: "Y. Thurn, R. Jefferson, J. Erdmenger, Opening the Black Box: predicting the trainability of deep neural networks with "
            + "reconstruction entropy, arXiv 2406.12916",
        verbs: [
            AnyVerb(CompareVerb.self), AnyVerb(MapVerb.self), AnyVerb(PlaneVerb.self), AnyVerb(MeanFieldVerb.self),
            AnyVerb(RecommendVerb.self),
            AnyVerb(TrainVerb.self), AnyVerb(SufficiencyVerb.self), AnyVerb(CascadeVerb.self), AnyVerb(ReconstructVerb.self),
            AnyVerb(InvertVerb.self), AnyVerb(BenchVerb.self),
        ],
        featured: Study.Featured(verb: "compare", preset: "mlp-fashion"))
}
