import LoamRuns

/// The published settings of the mean-field verb, one a part of the theory.
enum MeanFieldPresets {
    static let all = [
        Preset(
            name: "meanfield-plane", summary: "phase plane of tanh with the critical lines of all activations, and all other parts",
            source: "Poole et al. 2016; Schoenholz et al. 2017", quick: MeanFieldConfiguration(), paper: plane, quickSeconds: 4,
            paperSeconds: 20),
        Preset(
            name: "meanfield-critical", summary: "critical variances of all activations and the table of fixed points",
            source: "Schoenholz et al. 2017; Hayou et al. 2019", quick: only { $0.critical = true }, paper: only { $0.critical = true },
            quickSeconds: 1, paperSeconds: 1),
        Preset(
            name: "meanfield-trajectory", summary: "lengths and correlations through plain layers, and their rates at the edge of chaos",
            source: "Poole et al. 2016; Hayou et al. 2019", quick: only { $0.trajectory = true }, paper: trajectory, quickSeconds: 1,
            paperSeconds: 2),
        Preset(
            name: "meanfield-modes", summary: "depth scales of the spatial frequencies of convolutional networks",
            source: "Xiao et al. 2018", quick: modes(grid: 5), paper: modes(grid: 28), quickSeconds: 1, paperSeconds: 2),
        Preset(
            name: "meanfield-residual", summary: "lengths and correlations through the published residual block, by population dynamics",
            source: "arXiv 2406.12916, residual networks", quick: residual(population: 200_000, width: 300),
            paper: residual(population: 2_000_000, width: 1500), quickSeconds: 5, paperSeconds: 120),
        Preset(
            name: "meanfield-stream", summary: "lengths and correlations in the stream x + φ(Wx + b), by its closed recursion",
            source: "Yang and Schoenholz 2017", quick: stream(width: 300), paper: stream(width: 1500), quickSeconds: 5, paperSeconds: 150),
    ]

    private static var plane: MeanFieldConfiguration {
        var configuration = MeanFieldConfiguration()
        configuration.planeResolution = 500
        configuration.depth = 400
        return configuration
    }

    /// The table of fixed points, and what is switched on.
    private static func only(_ part: (inout MeanFieldConfiguration) -> Void) -> MeanFieldConfiguration {
        var configuration = MeanFieldConfiguration()
        configuration.critical = false
        configuration.plane = false
        configuration.trajectory = false
        configuration.modes = false
        part(&configuration)
        return configuration
    }

    private static var trajectory: MeanFieldConfiguration {
        only {
            $0.trajectory = true
            $0.depth = 1000
        }
    }

    private static func modes(grid: Int) -> MeanFieldConfiguration {
        only {
            $0.modes = true
            $0.grid = grid
        }
    }

    private static func residual(population: Int, width: Int) -> MeanFieldConfiguration {
        var configuration = MeanFieldConfiguration()
        configuration.block = .residual
        configuration.biasVariance = 2e-5
        configuration.weightVariances = [0.25, 1, 2]
        configuration.startLength = 0.5
        configuration.startCorrelation = 0.6
        configuration.depth = 20
        configuration.population = population
        configuration.networkWidth = width
        configuration.networks = 16
        return configuration
    }

    private static func stream(width: Int) -> MeanFieldConfiguration {
        var configuration = residual(population: 200_000, width: width)
        configuration.block = .residualPre
        configuration.depth = 30
        return configuration
    }
}
