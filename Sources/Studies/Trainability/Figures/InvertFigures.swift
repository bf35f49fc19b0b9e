import Foundation
import LoamData
import LoamRuns
import LoamTensor

/// Pre-images beside reconstructions, and how the objective fell.
struct InvertFigures {
    let lab: PictureLab
    let run: RunContext

    init(_ lab: PictureLab, in run: RunContext) {
        self.lab = lab
        self.run = run
    }

    func publish(_ results: [InvertedStage]) throws {
        let renderer = PictureRenderer(space: lab.material.space, scaling: lab.settings.pictureScale)
        let pictures = ReconstructFigures(lab, in: run)
        let titles = results.map { "\($0.stage) \(lab.architecture.stageName($0.stage))" }
        var rows: [PictureSheet.Row] = []
        for sample in 0..<lab.inputs.shape[0] {
            let input = lab.inputs.select(sample, axis: 0).scalars
            let cascade = renderer.row([input] + results.map { $0.cascade[sample] })
            let optimised = renderer.row([input] + results.map { $0.images[sample] })
            func words(_ entropy: Double, _ error: Double) -> String { "\(fixed(entropy, 2)) | \(InvertFigures.percent(error))" }
            rows.append(
                .init(
                    label: lab.labels[sample] + ["", "cascade"],
                    pictures: try zip(cascade, [""] + results.map { words($0.cascadeEntropies[sample], $0.cascadeFeatureErrors[sample]) })
                        .map { try PictureSheet.Picture($0, caption: $1) }))
            rows.append(
                .init(
                    label: ["optimised"],
                    pictures: [nil]
                        + (try zip(optimised.dropFirst(), results.map { words($0.entropies[sample], $0.featureErrors[sample]) }).map {
                            try PictureSheet.Picture($0, caption: $1)
                        })))
            try pictures.save([cascade, [nil] + optimised.dropFirst().map { Optional($0) }], String(format: "invert-%02d", sample + 1))
        }
        try run.add(
            PictureSheet(
                name: "pre-images", title: "Two inverses of the same stage: the cascade and an optimised image",
                caption:
                    "Above, what the heads ℓ … 1 make of the activations of stage ℓ. Below, the image found by minimising the distance of "
                    + "its own activations from them (α = 6, β = 2, Adam), which uses the network itself and knows nothing of the data. Beneath "
                    + "each picture: S_rel to the input | relative feature error ‖Φ(x)−Φ₀‖²/‖Φ₀‖².", columns: ["input"] + titles, rows: rows
            ))
        try run.add(curves(results, titles))
        try run.saveCSV(table(results), to: "invert.csv")
        for result in results {
            let mean = Quantiles(result.featureErrors).mean
            run.add(
                Finding(
                    id: "invert.stage-\(result.stage)", quantity: "relative feature error of the pre-images of stage \(result.stage)",
                    value: mean, .informational(reference: Quantiles(result.cascadeFeatureErrors).mean),
                    source: "that of the cascade's reconstructions, which do not see the network again"))
        }
    }

    private static func percent(_ value: Double) -> String {
        value.isFinite ? (value >= 0.1 ? "\(fixed(100 * value, 0)) %" : "\(fixed(100 * value, 2)) %") : "–"
    }

    private func curves(_ results: [InvertedStage], _ titles: [String]) -> Figure {
        func panel(_ label: String, _ values: (InvertedStage) -> [Double]) -> Panel {
            Panel(
                x: Axis("step"), y: Axis(label, scale: .logarithmic), legend: .topRight,
                marks: zip(results, titles).map { result, title in
                    let y = values(result)
                    return .line(x: y.indices.map { Double($0 + 1) }, y: y, label: "stage \(title)")
                })
        }
        return Figure(
            name: "objective", title: "How the objective falls",
            caption: "Left the objective with both regularisers, right its first term, the relative feature error; means over the images.",
            panels: [panel("objective", \.objective), panel("relative feature error", \.featureCurve)], columns: 2, width: 1000, height: 400
        )
    }

    private func table(_ results: [InvertedStage]) -> Table {
        let rows = results.flatMap { result in result.images.indices.map { (result, $0) } }
        return Table([
            "stage": .integers(rows.map(\.0.stage)), "name": .texts(rows.map { lab.architecture.stageName($0.0.stage) }),
            "image": .integers(rows.map { $0.1 + 1 }), "feature_error": .numbers(rows.map { $0.0.featureErrors[$0.1] }),
            "cascade_feature_error": .numbers(rows.map { $0.0.cascadeFeatureErrors[$0.1] }),
            "s_rel": .numbers(rows.map { $0.0.entropies[$0.1] }), "cascade_s_rel": .numbers(rows.map { $0.0.cascadeEntropies[$0.1] }),
        ])
    }
}
