import RealModule

/// Reads formulas in x by recursive descent; every error names the position (from 1) and what was expected there.
///
///     sum     = product { ("+" | "−") product }
///     product = signed { ("*" | "/") signed }
///     signed  = ("+" | "−") signed | power
///     power   = primary [ "^" signed ]                      right-associative, binds tighter than a sign: −x^2 = −(x²)
///     primary = number | "x" | "pi" | "e" | name "(" sum { "," sum } ")" | "(" sum ")"
struct ExpressionParser {
    private let text: [Character]
    private var position = 0
    private var depth = 0
    private static let deepest = 60
    private static let longest = 500

    /// - Throws: ``TrainabilityError`` about `activation`.
    static func parse(_ text: String) throws -> ExpressionNode {
        var parser = ExpressionParser(text: Array(text.lowercased()))
        guard parser.text.count <= longest else {
            throw TrainabilityError("activation", "the expression has \(parser.text.count) characters; at most \(longest) are read")
        }
        let node = try parser.sum()
        parser.skipSpaces()
        if parser.position < parser.text.count { throw parser.expected("an operator or the end") }
        guard node.containsVariable else {
            throw TrainabilityError("activation", "the expression “\(text)” does not contain x; an activation is a function of x")
        }
        return node
    }

    private init(text: [Character]) { self.text = text }

    // MARK: Grammar

    private mutating func sum() throws -> ExpressionNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw expected("at most \(Self.deepest) levels of nesting") }
        var left = try product()
        while let sign = take("+", "-") { left = try sign == "+" ? .sum(left, product()) : .difference(left, product()) }
        return left
    }

    private mutating func product() throws -> ExpressionNode {
        var left = try signed()
        while let sign = take("*", "/") { left = try sign == "*" ? .product(left, signed()) : .quotient(left, signed()) }
        return left
    }

    private mutating func signed() throws -> ExpressionNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw expected("at most \(Self.deepest) levels of nesting") }
        guard let sign = take("+", "-") else { return try power() }
        return sign == "+" ? try signed() : .negated(try signed())
    }

    private mutating func power() throws -> ExpressionNode {
        let base = try primary()
        let start = position
        guard take("^") != nil else { return base }
        let exponent = try signed()
        if !exponent.containsVariable {
            let value = exponent.jet(at: 0).value
            guard value.isFinite else {
                position = start
                throw expected("a finite exponent")
            }
            return .power(base, value)
        }
        // a^b = e^{b ln a}; ln a carries the demand that a be positive.
        return .call(.exponential, .product(exponent, .call(.logarithm, base)))
    }

    private mutating func primary() throws -> ExpressionNode {
        skipSpaces()
        let start = position
        if take("(") != nil {
            let inner = try sum()
            try require(")")
            return inner
        }
        guard position < text.count else { throw expected("a number, x, a function or “(”") }
        if text[position].isNumber || text[position] == "." { return .number(try number()) }
        guard text[position].isLetter else { throw expected("a number, x, a function or “(”") }
        while position < text.count, text[position].isLetter || text[position].isNumber || text[position] == "_" { position += 1 }
        let name = String(text[start..<position])
        switch name {
        case "x": return .variable
        case "pi": return .number(.pi)
        case "e": return .number(Double.exp(1))
        case "max", "min": return try extremum(name)
        default: break
        }
        guard let function = ExpressionFunction.named[name] else {
            position = start
            let known = (ExpressionFunction.named.keys + ["max", "min"]).sorted().joined(separator: ", ")
            throw expected("x, pi, e or one of the functions \(known), not “\(name)”")
        }
        try require("(", after: name)
        let argument = try sum()
        try require(")")
        return .call(function, argument)
    }

    private mutating func extremum(_ name: String) throws -> ExpressionNode {
        try require("(", after: name)
        var result = try sum()
        try require(",")
        repeat {
            let next = try sum()
            result = name == "max" ? .maximum(result, next) : .minimum(result, next)
        } while take(",") != nil
        try require(")")
        return result
    }

    private mutating func number() throws -> Double {
        let start = position
        func isDigit(_ i: Int) -> Bool { i < text.count && text[i].isASCII && text[i].isNumber }
        while isDigit(position) || (position < text.count && text[position] == ".") { position += 1 }
        if position < text.count, text[position] == "e" {
            let signed = position + 1 < text.count && (text[position + 1] == "-" || text[position + 1] == "+")
            if isDigit(position + (signed ? 2 : 1)) {
                position += signed ? 2 : 1
                while isDigit(position) { position += 1 }
            }
        }
        guard let value = Double(String(text[start..<position])), value.isFinite else {
            position = start
            throw expected("a number such as 0.5 or 1e-3")
        }
        return value
    }

    // MARK: Characters

    private mutating func skipSpaces() { while position < text.count, text[position].isWhitespace { position += 1 } }

    /// The next character, if it is one of these.
    private mutating func take(_ characters: Character...) -> Character? {
        skipSpaces()
        guard position < text.count, characters.contains(text[position]) else { return nil }
        position += 1
        return text[position - 1]
    }

    private mutating func require(_ character: Character, after name: String = "") throws {
        if take(character) == nil { throw expected("“\(character)”" + (name.isEmpty ? "" : " after “\(name)”")) }
    }

    private func expected(_ what: String) -> TrainabilityError {
        let found = position < text.count ? "“\(text[position])”" : "the end"
        return TrainabilityError(
            "activation", "in the expression “\(String(text))”, position \(position + 1) (\(found)): expected \(what)")
    }
}
