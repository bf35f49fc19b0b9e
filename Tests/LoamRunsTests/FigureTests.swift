import Foundation
import LoamRuns
import Testing

@Suite struct FigureTests {
    @Test func galleryDrawsEveryFigure() throws {
        let folder = try TemporaryFolder()
        let keep = ProcessInfo.processInfo.environment["LOAM_GALLERY"].map { URL(filePath: $0) }
        let url = keep ?? folder.url.appending(path: "run")
        let runner = Runner(study: galleryStudy, verb: galleryStudy.verbs[0], options: .init(folder: url, force: true), console: Console(style: .quiet))
        let outcome = try runner.run(RunRequest())
        #expect(outcome.results.figures.map(\.name) == Gallery.figures.map(\.name))
        for figure in Gallery.figures {
            let svg = try contents(url.appending(path: "figures/\(figure.name).svg"))
            #expect(svg.contains("</svg>"))
        }
    }
}
