import Foundation
import LoamRuns
import Testing

/// The settings of the decay verb for some assignments.
func settings(_ assignments: [String] = [], request: RunRequest = RunRequest()) throws -> RunSettings {
    var request = request
    request.assignments = assignments
    return try decay.settings(study: "physics", for: request)
}

/// The message a request is refused with.
func refusal(_ assignments: [String] = [], request: RunRequest = RunRequest()) -> LoamError? {
    failure { _ = try settings(assignments, request: request) }
}

@Suite struct AssignmentTests {
    @Test(arguments: [
        ("steps=7", "steps", ConfigurationValue.integer(7)),
        ("steps=1e2", "steps", .integer(100)),
        ("steps = 7", "steps", .integer(7)),
        ("rates=[0.5, 1]", "rates", .list([.number(0.5), .number(1)])),
        ("rates=0.5,1", "rates", .list([.number(0.5), .number(1)])),
        ("rates=0.25", "rates", .list([.number(0.25)])),
        ("rates=0.1:0.5:0.1", "rates", .list([0.1, 0.2, 0.3, 0.4, 0.5].map { .number($0) })),
        ("rates=3:1:-1", "rates", .list([.number(3), .number(2), .number(1)])),
        ("rates.1=9", "rates.1", .number(9)),
        ("method=euler", "method", .text("euler")),
        ("method='euler'", "method", .text("euler")),
        ("input=a=b", "input", .text("a=b")),
        ("input=/data/@x: y", "input", .text("/data/@x: y")),
        ("output.draws=false", "output.draws", .boolean(false)),
        ("output={draws: false, label: hi}", "output.label", .text("hi")),
        ("output.label=null", "output.label", .null),
        ("output.label='null'", "output.label", .text("null")),
        ("sources=[{name: b, weight: 2}, {name: c, weight: 3}]", "sources.1.weight", .number(3)),
        ("sources.0.weight=4", "sources.0.weight", .number(4)),
    ])
    func reachesEveryField(assignment: String, key: String, expected: ConfigurationValue) throws {
        #expect(try settings([assignment]).configuration[key] == expected)
    }

    @Test func laterAssignmentWins() throws {
        #expect(try settings(["steps=3", "steps=4"]).configuration["steps"] == .integer(4))
    }

    @Test func unknownKeyNamesTheNearestAndTheAllowed() throws {
        let error = try #require(refusal(["stpes=3"]))
        #expect(error.exitStatus == 64)
        #expect(error.what.contains("stpes"))
        #expect(error.what.contains("allowed: steps, rates, method, input, output.draws, output.label, sources, seed, threads"))
        #expect(error.advice == "Did you mean 'steps'?")
    }

    @Test func nestedUnknownKeyIsFullyNamed() throws {
        let error = try #require(refusal(["output.darws=true"]))
        #expect(error.what.contains("output.darws"))
        #expect(error.advice == "Did you mean 'output.draws'?")
    }

    @Test func missingPrefixIsFound() throws {
        #expect(refusal(["draws=true"])?.advice == "Did you mean 'output.draws'?")
    }

    @Test func unknownKeyInsideAMappingIsRefused() throws {
        let error = try #require(refusal(["output={draw: true}"]))
        #expect(error.what.contains("output.draw:"))
    }

    @Test func unknownKeyInsideARecordIsRefused() throws {
        let error = try #require(refusal(["sources=[{name: a, weihgt: 1}]"]))
        #expect(error.what.contains("sources[0].weihgt"))
        #expect(error.advice == "Did you mean 'weight'?" || error.description.contains("weight"))
    }

    @Test func recordNeedsAllItsKeys() throws {
        #expect(refusal(["sources=[{name: a}]"])?.what.contains("sources[0].weight: the value is missing") == true)
    }

    @Test(arguments: [
        ("steps=ten", "steps", "'ten'", "an integer from 1 to 1000"),
        ("steps=2.5", "steps", "'2.5'", "an integer from 1 to 1000"),
        ("steps='7'", "steps", "'7'", "an integer from 1 to 1000"),
        ("steps=0", "steps", "'0'", "an integer from 1 to 1000"),
        ("steps=1001", "steps", "'1001'", "an integer from 1 to 1000"),
        ("steps=[1]", "steps", "a list of 1", "an integer from 1 to 1000"),
        ("steps=99999999999999999999", "steps", "'99999999999999999999'", "an integer from 1 to 1000"),
        ("rates=[]", "rates", "a list of 0", "a list of at least 1 element, each a number above 0"),
        ("rates=[1, 0]", "rates[1]", "'0'", "a number above 0"),
        ("rates=[1, .nan]", "rates[1]", "'.nan'", "a number above 0"),
        ("rates=.inf", "rates[0]", "'.inf'", "a number above 0"),
        ("rates=a:b:c", "rates", "'a:b:c'", "a list of at least 1 element, each a number above 0"),
        ("rates=0:1:1e-9", "rates", "'0:1:1e-9'", "a list of at least 1 element, each a number above 0"),
        ("rates={a: 1}", "rates", "a mapping of 1", "a list of at least 1 element, each a number above 0"),
        ("rates.7=1", "rates.7", "'7'", "0 to 2"),
        ("method=exakt", "method", "'exakt'", "one of exact, euler, midpoint"),
        ("output.draws=yes please", "output.draws", "'yes please'", "true or false"),
        ("output=1", "output", "'1'", "a mapping is needed"),
        ("sources.0.name=[a]", "sources.0.name", "a list of 1", "text"),
        ("sources.0.weight=11", "sources.0.weight", "'11'", "a number from 0 to 10"),
        ("seed=-1", "seed", "'-1'", "an integer from 0 to 18446744073709551615"),
        ("threads=0", "threads", "'0'", "an integer from 1 to 1024"),
    ])
    func wrongValueNamesKeyFoundAndAllowed(assignment: String, key: String, found: String, allowed: String) throws {
        let error = try #require(refusal([assignment]))
        #expect(error.exitStatus == 64)
        #expect(error.what.contains("--set: \(key): "), "\(error.what)")
        #expect(error.what.contains("found \(found)"), "\(error.what)")
        #expect(error.what.contains(allowed), "\(error.what)")
    }

    @Test func misspeltChoiceGetsTheNearest() throws {
        #expect(refusal(["method=exakt"])?.advice == "Did you mean 'exact'?")
    }

    @Test(arguments: ["steps", "=3", ""])
    func assignmentWithoutKeyOrValueIsRefused(text: String) throws {
        #expect(refusal([text])?.what.contains("key=value") == true)
    }

    @Test func relationsBetweenFieldsAreChecked() throws {
        let error = try #require(refusal(["method=euler", "rates=[2.5]"]))
        #expect(error.exitStatus == 64)
        #expect(error.what.contains("rates: Euler's method is unstable; found 2.5; allowed: rates below 2"))
    }
}

@Suite struct ConfigurationFileTests {
    let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test func fileOverridesThePreset() throws {
        let file = try folder.file("a.yaml", "steps: 12\noutput:\n  draws: false\n")
        let result = try settings(request: RunRequest(file: file))
        #expect(result.configuration["steps"] == .integer(12))
        #expect(result.configuration["output.draws"] == .boolean(false))
        #expect(result.configuration["rates"] == .list([.number(0.1), .number(0.2), .number(0.4)]))
    }

    @Test func precedenceIsPresetFileSetOption() throws {
        let file = try folder.file("a.yaml", "preset: fast\nscale: paper\nseed: 3\nthreads: 1\nsteps: 12\nmethod: midpoint\n")
        let result = try settings(["steps=13", "seed=4"], request: RunRequest(file: file, threads: 2))
        #expect(result.preset == "fast" && result.scale == .paper)
        #expect(result.configuration["rates.0"] == .number(0.5))
        #expect(result.configuration["steps"] == .integer(13))
        #expect(result.configuration["method"] == .text("midpoint"))
        #expect(result.seed == 4 && result.threads == 2)
    }

    @Test func optionBeatsAssignmentForTheSeed() throws {
        #expect(try settings(["seed=4"], request: RunRequest(seed: 5)).seed == 5)
    }

    @Test func dottedKeysWorkInFiles() throws {
        let file = try folder.file("a.yaml", "output.draws: false\n")
        #expect(try settings(request: RunRequest(file: file)).configuration["output.draws"] == .boolean(false))
    }

    @Test func missingFileIsNoInput() {
        let error = refusal(request: RunRequest(file: folder.url.appending(path: "none.yaml")))
        #expect(error?.exitStatus == 66)
    }

    @Test(arguments: ["steps: [1", "- a\n- b\n", "just text", "", "a: b: c"])
    func textThatIsNoMappingIsBadData(text: String) throws {
        let file = try folder.file("a.yaml", text)
        #expect(refusal(request: RunRequest(file: file))?.exitStatus == 65)
    }

    @Test func binaryFileIsBadData() throws {
        let file = folder.url.appending(path: "b.yaml")
        try Data([0xff, 0xfe, 0x00, 0x80]).write(to: file)
        #expect(refusal(request: RunRequest(file: file))?.exitStatus == 65)
    }

    @Test func aliasesThatMultiplyAreRefused() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            text += "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        let file = try folder.file("bomb.yaml", text)
        #expect(refusal(request: RunRequest(file: file))?.exitStatus == 65)
    }

    @Test func unknownKeyInAFileNamesTheFile() throws {
        let file = try folder.file("mine.yaml", "stepz: 3\n")
        let error = try #require(refusal(request: RunRequest(file: file)))
        #expect(error.exitStatus == 64 && error.what.contains("mine.yaml: stepz"))
    }

    @Test func keyTwiceIsRefused() throws {
        let file = try folder.file("a.yaml", "steps: 3\nsteps: 4\n")
        #expect(refusal(request: RunRequest(file: file)) != nil)
    }

    @Test func fileOfAnotherStudyIsRefused() throws {
        let file = try folder.file("a.yaml", "study: chemistry\nverb: decay\n")
        #expect(refusal(request: RunRequest(file: file))?.what.contains("'chemistry'") == true)
    }

    @Test func fileOfAnotherVerbIsRefused() throws {
        let file = try folder.file("a.yaml", "study: physics\nverb: growth\n")
        #expect(refusal(request: RunRequest(file: file))?.advice?.contains("loam physics growth") == true)
    }

    @Test func unknownScaleInAFileIsRefused() throws {
        let file = try folder.file("a.yaml", "scale: huge\n")
        #expect(refusal(request: RunRequest(file: file))?.what.contains("quick, paper") == true)
    }

    @Test func writtenConfigurationReadsBackTheSame() throws {
        let chosen = [
            "steps=5", "rates=[0.125, 1e-7, 3]", "output.label='yes: \"no\" # x\\ny'", "input=null", "method=midpoint",
            "output.draws=false",
        ]
        let run = folder.url.appending(path: "run")
        try runDecay(in: run, chosen, request: RunRequest(preset: "fast", seed: 99))
        let first = try settings(chosen, request: RunRequest(preset: "fast", seed: 99))
        let second = try settings(request: RunRequest(file: run.appending(path: "config.yaml")))
        #expect(first == second)
    }

    @Test func writtenConfigurationHasEveryKeyWithAComment() throws {
        let run = folder.url.appending(path: "run")
        try runDecay(in: run)
        let text = try contents(run.appending(path: "config.yaml"))
        for line in ["steps: 20", "rates: [0.1, 0.2, 0.4]", "  draws: false", "  label: null", "# time steps (an integer from 1 to 1000)"] {
            #expect(text.contains(line))
        }
    }
}

@Suite struct PresetTests {
    @Test func firstPresetAndQuickAreTheDefault() throws {
        let result = try settings()
        #expect(result.preset == "slow" && result.scale == .quick && result.seed == 0)
    }

    @Test func paperScaleTakesThePaperSettings() throws {
        #expect(try settings(request: RunRequest(scale: .paper)).configuration["steps"] == .integer(200))
    }

    @Test func publishedScaleTakesThePublishedSettings() throws {
        #expect(try settings(request: RunRequest(scale: .published)).configuration["steps"] == .integer(400))
    }

    @Test func presetWithoutPublishedScaleNamesThoseThatHaveIt() throws {
        let error = try #require(refusal(request: RunRequest(preset: "fast", scale: .published)))
        #expect(error.exitStatus == 64 && error.what.contains("found published") && error.what.contains("with preset slow"))
    }

    @Test func unknownPresetNamesTheNearest() throws {
        let error = try #require(refusal(request: RunRequest(preset: "slwo")))
        #expect(error.exitStatus == 64 && error.what.contains("slow, fast") && error.advice == "Did you mean 'slow'?")
    }

    @Test func declarationsAreSound() throws {
        try decay.verifyDeclaration()
    }

    @Test func fieldThatIsNotDescribedIsFound() {
        struct Bad: Configuration {
            var a = 1
            var b = 2
            static let fields = [Field("a", "first", .integer(in: 0...5))]
        }
        enum BadVerb: Verb {
            static let name = "bad"
            static let summary = ""
            static let kind = VerbKind.tool
            static let presets = [
                Preset(name: "default", summary: "", source: "", quick: Bad(), paper: Bad(), quickSeconds: 1, paperSeconds: 1)
            ]
            static func run(_ configuration: Bad, in run: RunContext) {}
        }
        #expect(failure { try AnyVerb(BadVerb.self).verifyDeclaration() }?.what.contains("b: there is no such key") == true)
    }

    @Test func presetOutOfRangeIsFound() {
        struct Bad: Configuration {
            var a = 9
            static let fields = [Field("a", "first", .integer(in: 0...5))]
        }
        enum BadVerb: Verb {
            static let name = "bad"
            static let summary = ""
            static let kind = VerbKind.tool
            static let presets = [
                Preset(name: "default", summary: "", source: "", quick: Bad(), paper: Bad(), quickSeconds: 1, paperSeconds: 1)
            ]
            static func run(_ configuration: Bad, in run: RunContext) {}
        }
        #expect(
            failure { try AnyVerb(BadVerb.self).verifyDeclaration() }?.what.contains("found 9; allowed: an integer from 0 to 5") == true)
    }
}

@Suite struct DomainTests {
    @Test(arguments: [
        (Domain.integer(in: 3...), "an integer of at least 3"),
        (.integer(in: 1...9), "an integer from 1 to 9"),
        (.number(above: 0), "a number above 0"),
        (.number(in: 0...0.5), "a number from 0 to 0.5"),
        (.number(NumberRange(lower: 0, upper: 1, includesUpper: false)), "a number at least 0 and below 1"),
        (.anyNumber, "a finite number"),
        (.list(of: .boolean, minimum: 2, maximum: 2), "a list of exactly 2 elements, each true or false"),
        (.list(of: .text, minimum: 0, maximum: .max), "a list each text"),
        (.optional(.path), "a file or folder, or null"),
    ])
    func isDescribedInWords(domain: Domain, words: String) {
        #expect(domain.description == words)
    }

    @Test func rangesRespectOpenAndClosedEnds() {
        let range = NumberRange(lower: 0, upper: 1, includesLower: false, includesUpper: true)
        #expect([0, 1e-300, 1, 1.0000001, .nan, .infinity].map(range.contains) == [false, true, true, false, false, false])
    }
}

@Suite struct NearestMatchTests {
    @Test(arguments: [
        ("tranability", "trainability"), ("spkies", "spikes"), ("Landscape", "landscape"), ("rate", "training.rate"),
        ("equivariant", "equivariance"),
    ])
    func findsTheMisspelt(word: String, expected: String) {
        let names = ["trainability", "spikes", "landscape", "equivariance", "training.rate"]
        #expect(nearestMatch(to: word, in: names) == expected)
    }

    @Test(arguments: ["zzzzz", "", "a", "completely-different"])
    func staysSilentWithoutANearName(word: String) {
        #expect(nearestMatch(to: word, in: ["trainability", "spikes"]) == nil)
    }
}
