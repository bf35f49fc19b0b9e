import LoamRuns

/// One channel of a stage, as `ℓ:c`; channels count from 0, as in the published list.
struct ChannelChoice: Hashable, Sendable {
    let stage: Int
    let channel: Int

    /// The choices of a list such as `3:26,6:3`.
    static func parse(_ text: String) throws(ConfigurationError) -> [ChannelChoice] {
        var choices: [ChannelChoice] = []
        for item in text.split(separator: ",").map({ $0.filter { $0 != " " } }) where !item.isEmpty {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let stage = Int(parts[0]), let channel = Int(parts[1]), stage >= 1, channel >= 0 else {
                throw ConfigurationError(
                    key: "channels", "not a stage and a channel", found: item,
                    allowed: "STAGE:CHANNEL,… such as 3:26,6:3 (stages from 1, channels from 0)")
            }
            choices.append(ChannelChoice(stage: stage, channel: channel))
        }
        return choices
    }
}

/// The settings of `reconstruct`.
public struct ReconstructConfiguration: Configuration {
    /// The network, the images and the heads.
    public var pictures = PictureSettings()
    /// Single channels that are shown, as `3:26,6:3`.
    public var channels = ""
    /// Classes whose prototypes are shown; empty for the first ten where all stages have heads.
    public var prototypes: [Int] = []
    /// The artificial output of all other classes.
    public var prototypeFill = -1.0

    /// The quick settings.
    public init() {}

    private enum Key: String, CodingKey { case channels, prototypes, prototypeFill }

    public init(from decoder: any Decoder) throws {
        pictures = try PictureSettings(from: decoder)
        let container = try decoder.container(keyedBy: Key.self)
        channels = try container.decode(String.self, forKey: .channels)
        prototypes = try container.decode([Int].self, forKey: .prototypes)
        prototypeFill = try container.decode(Double.self, forKey: .prototypeFill)
    }

    public func encode(to encoder: any Encoder) throws {
        try pictures.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(channels, forKey: .channels)
        try container.encode(prototypes, forKey: .prototypes)
        try container.encode(prototypeFill, forKey: .prototypeFill)
    }

    public static let fields: [Field] =
        PictureSettings.fields + [
            Field("channels", "single channels shown, STAGE:CHANNEL,… (stages from 1, channels from 0)", .text),
            Field(
                "prototypes", "classes whose prototypes are shown, from 0; the first ten where empty and all stages have heads",
                .list(of: .integer(in: 0...100_000), minimum: 0)),
            Field("prototypeFill", "artificial output of all other classes, 0 or −1", .number(in: -1...0)),
        ]

    public func validate() throws(ConfigurationError) {
        try pictures.validate()
        _ = try ChannelChoice.parse(channels)
    }

    /// The channels, checked against the network's.
    func channelChoices(_ architecture: Architecture) throws -> [ChannelChoice] {
        let choices = try ChannelChoice.parse(channels)
        for choice in choices {
            guard choice.stage <= architecture.depth else {
                throw TrainabilityError(
                    "channels",
                    "stage \(choice.stage) of \(choice.stage):\(choice.channel) does not exist; “\(architecture.name)” has \(architecture.depth)"
                )
            }
            let count = architecture.shapes[choice.stage][0]
            guard choice.channel < count else {
                throw TrainabilityError(
                    "channels", "channel \(choice.channel) of stage \(choice.stage) does not exist; it has \(count), counted from 0")
            }
        }
        return choices
    }
}
