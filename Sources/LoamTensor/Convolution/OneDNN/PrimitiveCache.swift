import Synchronization

/// What has been compiled, by shape and options. A refusal is remembered too. At `limit` entries the cache starts afresh: a program
/// that uses so many shapes compiles them again now and then, and never holds more.
final class PrimitiveCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let entries = Mutex<[Key: Value?]>([:])
    private let limit: Int

    init(limit: Int = 1024) { self.limit = limit }

    /// The entry for `key`, made by `make` on its first use. Two threads may make one at the same time; the first one stays.
    func value(for key: Key, make: () -> Value?) -> Value? {
        if let known = entries.withLock({ $0[key] }) { return known }
        let made = make()
        return entries.withLock { entries -> Value? in
            if let known = entries[key] { return known }
            if entries.count >= limit { entries.removeAll() }
            entries.updateValue(made, forKey: key)
            return made
        }
    }

    var count: Int { entries.withLock { $0.count } }
}
