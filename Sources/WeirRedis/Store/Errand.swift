/// One call on its way: what was asked, who waits, and how often it was sent on.
///
/// It belongs to the store's loop.
final class Errand {
    /// A call follows so many redirections (MOVED, ASK) at most, is sent again so often after TRYAGAIN, and after NOSCRIPT.
    static let maximumRedirections = 5
    static let maximumRetries = 5
    static let maximumLoads = 2

    let call: LeaseCall
    private let completion: @Sendable (Result<LeaseReply, StoreTrouble>) -> Void
    var redirections = 0
    var retries = 0
    var loads = 0

    init(_ call: LeaseCall, completion: @escaping @Sendable (Result<LeaseReply, StoreTrouble>) -> Void) {
        self.call = call
        self.completion = completion
    }

    func end(_ result: Result<LeaseReply, StoreTrouble>) { completion(result) }
}

/// What became of a call at one node.
enum Outcome {
    case reply(LeaseReply)
    case trouble(StoreTrouble)
    /// It was refused for what one of its keys holds; the node answers others.
    case refusedKeys(StoreTrouble)
    case moved(slot: Int, to: RedisAddress)
    case ask(to: RedisAddress)
    case tryAgain(StoreTrouble)
}
