import LoamRuns

/// The study `landscape`.
public enum LandscapeStudy: StudyProvider {
    /// Its description.
    public static let study = Study(
        name: "landscape", title: "Topological obstruction in the training of shallow ReLU networks",
        summary:
            "Which initialisations of a shallow network can reach the optimum at all: conserved quantities, the components of their level "
            + "sets, exact gradient flow on them, and certificates of what an initialisation can never do.",
        paper: "M. Nurisso, P. Leroy, F. Vaccarino, Topological obstruction to the training of shallow ReLU neural networks, NeurIPS 2024, "
            + "arXiv 2410.14837",
        verbs: [
            AnyVerb(FlowVerb.self), AnyVerb(BatchVerb.self), AnyVerb(SweepVerb.self), AnyVerb(TrainVerb.self),
            AnyVerb(ProbabilityVerb.self), AnyVerb(LawsVerb.self), AnyVerb(DeepVerb.self), AnyVerb(AnalyzeVerb.self),
            AnyVerb(CertifyVerb.self), AnyVerb(EquivalenceVerb.self), AnyVerb(ConnectVerb.self), AnyVerb(SurfaceVerb.self),
        ],
        featured: Study.Featured(verb: "flow", preset: "toy2"))
}
