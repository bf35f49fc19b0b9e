import LoamRuns

/// Frontiers predicted after different amounts of head training, and how far each is from the last.
struct Sufficiency {
    /// Epochs of head training, ascending.
    let amounts: [Double]
    /// The map after each amount.
    let maps: [PhaseMap]
    /// Steps of an epoch.
    let stepsOfAnEpoch: Int

    /// Steps of the published epoch: 60,000 images in batches of 64.
    static let publishedSteps = 938

    /// The predicted frontier at a cell.
    enum Frontier: String, CaseIterable {
        /// The cutoff of S_rel.
        case cutoff
        /// Where S_diff falls through the front's threshold.
        case front

        /// The depth, at most the map's: a frontier that lies deeper is known to lie there only.
        func depth(_ cell: CellProfile, _ map: PhaseMap) -> (depth: Double, isCensored: Bool) {
            switch self {
            case .cutoff:
                let depth = Double(cell.cutoff.isCensored ? map.depth : cell.cutoff.depth)
                return (depth, cell.cutoff.isCensored)
            case .front:
                let depth = map.front(cell)
                return (depth ?? Double(map.depth), depth == nil)
            }
        }
    }

    /// The mean distance in layers from the frontier after the last amount, over the cells where that frontier lies within the map, with its
    /// standard error; and in how many cells a frontier appears that the longest training does not have, or the other way round.
    func distance(_ frontier: Frontier, _ index: Int) -> (mean: Double, error: Double?, changed: Int, cells: Int) {
        var distances: [Double] = []
        var changed = 0
        for (cell, last) in zip(maps[index].cells, maps.last!.cells) {
            let (a, b) = (frontier.depth(cell, maps[index]), frontier.depth(last, maps.last!))
            if a.isCensored != b.isCensored { changed += 1 }
            if !(a.isCensored && b.isCensored) { distances.append(abs(a.depth - b.depth)) }
        }
        let quantiles = Quantiles(distances)
        let error = distances.count > 1 ? quantiles.standardDeviation / Double(distances.count).squareRoot() : nil
        return (quantiles.mean, error, changed, distances.count)
    }

    /// Spearman's ρ over the networks (σ_w², depth) of −S_rel after an amount with that after the longest training.
    func rankAgreement(_ index: Int) -> Double {
        func scores(_ map: PhaseMap) -> [Double] { map.cells.flatMap { cell in (1...map.depth).map { -cell.at($0, \.relativeMean) } } }
        return RankStatistics.spearman(scores(maps[index]), scores(maps.last!))
    }

    /// The share of networks (σ_w², depth) of the map that a rule judges after an amount as after the longest training.
    func agreement(_ rule: DecisionRule, _ index: Int) -> Double {
        var same = 0
        var all = 0
        for (cell, last) in zip(maps[index].cells, maps.last!.cells) {
            for depth in 1...maps[index].depth {
                all += 1
                let (a, b) = (
                    rule.predictsTrainable(cell, depth: depth, map: maps[index]),
                    rule.predictsTrainable(last, depth: depth, map: maps.last!)
                )
                if a == b { same += 1 }
            }
        }
        return Double(same) / Double(max(1, all))
    }

    var frontierTable: Table {
        let rows = amounts.indices.flatMap { index in maps[index].cells.map { (index, $0) } }
        return Table([
            "epochs": .numbers(rows.map { amounts[$0.0] }), "sigma_w2": .numbers(rows.map(\.1.weightVariance)),
            "repetition": .integers(rows.map(\.1.repetition)), "cutoff": .integers(rows.map(\.1.cutoff.depth)),
            "censored": .texts(rows.map { String($0.1.cutoff.isCensored) }),
            "front": .numbers(rows.map { maps[$0.0].front($0.1) ?? .nan }),
            "s_rel_last": .numbers(rows.map { $0.1.at(maps[$0.0].depth, \.relativeMean) }),
            "s_diff_last": .numbers(rows.map { $0.1.at(maps[$0.0].depth, \.differential) }),
            "s_rel_first": .numbers(rows.map { $0.1.at(1, \.relativeMean) }),
            "s_diff_first": .numbers(rows.map { $0.1.at(1, \.differential) }),
        ])
    }

    var distanceTable: Table {
        let rows = Frontier.allCases.flatMap { frontier in amounts.indices.map { (frontier, $0, distance(frontier, $0)) } }
        return Table([
            "frontier": .texts(rows.map(\.0.rawValue)), "epochs": .numbers(rows.map { amounts[$0.1] }),
            "mean_distance_layers": .numbers(rows.map(\.2.mean)), "standard_error": .numbers(rows.map { $0.2.error ?? .nan }),
            "cells": .integers(rows.map(\.2.cells)), "appeared_or_vanished": .integers(rows.map(\.2.changed)),
            "agreement": .numbers(rows.map { agreement($0.0 == .cutoff ? .cutoff : .front, $0.1) }),
        ])
    }

    /// Claim: a single epoch of the heads is sufficient.
    var findings: [Finding] {
        var findings: [Finding] = []
        let longest = short(amounts.last!)
        for index in amounts.indices.dropLast() {
            let name = short(amounts[index])
            // The claim is of an epoch as long as the published one.
            let isClaim = amounts[index] == 1 && stepsOfAnEpoch >= Sufficiency.publishedSteps
            let claim = "claim: one epoch of \(Sufficiency.publishedSteps) steps is sufficient (here \(stepsOfAnEpoch)); "
            for frontier in Frontier.allCases {
                let (mean, error, changed, cells) = distance(frontier, index)
                guard cells > 0 else { continue }
                findings.append(
                    Finding(
                        id: "distance.\(frontier.rawValue).\(name)",
                        quantity:
                            "layers between the \(frontier.rawValue) after \(name) and after \(longest) epochs, mean over \(cells) σ_w²"
                            + (changed > 0 ? " (\(changed) appear or vanish)" : ""),
                        value: mean, standardError: error,
                        isClaim ? .atMost(reference: 3, tolerance: 0) : .informational(reference: 3),
                        source: claim + "three layers is the reading error of the published fronts"))
            }
            let rank = rankAgreement(index)
            if rank.isFinite {
                findings.append(
                    Finding(
                        id: "rank.\(name)",
                        quantity: "Spearman's ρ of −S_rel over all networks (σ_w², L) after \(name) with that after \(longest) epochs",
                        value: rank,
                        isClaim ? .atLeast(reference: 0.9, tolerance: 0) : .informational(reference: 1),
                        source: claim + "threshold chosen beforehand"))
            }
            for rule in DecisionRule.allCases {
                findings.append(
                    Finding(
                        id: "agreement.\(rule.rawValue).\(name)",
                        quantity: "networks that the rule “\(rule.rawValue)” judges after \(name) as after \(longest) epochs",
                        value: agreement(rule, index), .informational(reference: 1), source: claim + "every network of the map counts"))
            }
        }
        return findings
    }
}
