// swift-tools-version: 6.1
import PackageDescription

/// Imports run downwards only: a target may depend on those listed above it, and studies never on one another.
let package = Package(
    name: "loam",
    products: [
        .library(name: "LoamTensor", targets: ["LoamTensor"]),
        .library(name: "LoamNN", targets: ["LoamNN"]),
        .library(name: "LoamDynamics", targets: ["LoamDynamics"]),
        .library(name: "LoamData", targets: ["LoamData"]),
        .library(name: "LoamCluster", targets: ["LoamCluster"]),
        .library(name: "LoamRuns", targets: ["LoamRuns"]),
        .library(name: "LoamTrainability", targets: ["LoamTrainability"]),
        .library(name: "LoamLandscape", targets: ["LoamLandscape"]),
        .executable(name: "loam", targets: ["loam"]),
    ],
    traits: [
        .trait(name: "MPI", description: "Runs over many processes with Open MPI. Without it a run is one process.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/attaswift/BigInt", from: "6.0.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"),
    ],
    targets: [
        // C libraries: a module map and prototypes each, no code of ours.
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-openmp-dev"])]),
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "CGomp", providers: [.apt(["libgomp1"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CJPEG", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CMPI", providers: [.apt(["libopenmpi-dev"])]),

        // The engine.
        .target(
            name: "LoamTensor",
            dependencies: [
                "COpenBLAS", "COneDNN", "CGomp", "CZlib",
                .product(name: "RealModule", package: "swift-numerics"),
            ]),

        // What studies are made of.
        .target(name: "LoamCluster", dependencies: ["LoamTensor", .target(name: "CMPI", condition: .when(traits: ["MPI"]))]),
        .target(name: "LoamDynamics", dependencies: ["LoamTensor", "COpenBLAS"]),
        .target(name: "LoamNN", dependencies: ["LoamTensor", "LoamCluster"]),
        .target(
            name: "LoamRuns",
            dependencies: [
                "LoamTensor", "LoamCluster",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(name: "LoamData", dependencies: ["LoamTensor", "LoamRuns", "CZlib", "CPNG", "CJPEG"]),

        // The studies.
        .target(
            name: "LoamTrainability", dependencies: ["LoamNN", "LoamData", "LoamRuns", .product(name: "Yams", package: "Yams")],
            path: "Sources/Studies/Trainability"),
        .target(
            name: "LoamLandscape",
            dependencies: [
                "LoamTensor", "LoamDynamics", "LoamData", "LoamRuns",
                .product(name: "BigInt", package: "BigInt"),
            ],
            path: "Sources/Studies/Landscape"),

        // The command.
        .executableTarget(
            name: "loam",
            dependencies: [
                "LoamTrainability", "LoamLandscape", "LoamRuns", "LoamData", "LoamCluster",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "loam-bench",
            dependencies: [
                "LoamNN", "LoamDynamics", "LoamRuns", "LoamTrainability", "LoamLandscape",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ], path: "Benchmarks/LoamBench"),

        // Started under mpirun by the tests of LoamCluster.
        .executableTarget(name: "loam-cluster-probe", dependencies: ["LoamCluster", "LoamNN", "LoamRuns"], path: "Tests/ClusterProbe"),
        .testTarget(name: "LoamClusterTests", dependencies: ["LoamCluster", "LoamRuns", "loam", "loam-cluster-probe"]),
        .testTarget(name: "LoamTensorTests", dependencies: ["LoamTensor"]),
        .testTarget(name: "LoamNNTests", dependencies: ["LoamNN"], resources: [.copy("Fixtures")]),
        .testTarget(name: "LoamDynamicsTests", dependencies: ["LoamDynamics", "LoamTensor"]),
        .testTarget(name: "LoamDataTests", dependencies: ["LoamData"]),
        .testTarget(name: "LoamRunsTests", dependencies: ["LoamRuns"]),
        .testTarget(name: "LoamTrainabilityTests", dependencies: ["LoamTrainability"]),
        .testTarget(
            name: "LoamLandscapeTests",
            dependencies: [
                "LoamLandscape", "LoamTensor", "LoamRuns", .product(name: "BigInt", package: "BigInt"),
                .product(name: "RealModule", package: "swift-numerics"),
            ]),
        .testTarget(name: "LoamCommandTests", dependencies: ["LoamRuns", "loam"]),
    ],
    swiftLanguageModes: [.v6]
)
