import Synchronization
import WeirBilling
import WeirSettings

/// Decides whether a stranger may sign up: to which plans, and how often.
final class SignUpGate: Sendable {
    /// Sign-ups of a minute, of all strangers together: behind a proxy nobody knows who asks.
    static let perMinute = 20

    private let rule: SignUpRule
    /// The minute, since 1970, and how many there were in it.
    private let count = Mutex<(minute: Int64, taken: Int)>((0, 0))

    init(_ rule: SignUpRule) { self.rule = rule }

    var isOpen: Bool { rule != .off }

    /// Whether a plan costs nothing to begin with, and lets nobody run up a bill.
    func opens(_ plan: Plan) -> Bool {
        guard rule == .free, plan.mode != .postpaid, (plan.fee?.nano ?? 0) == 0 else { return false }
        // Money that is given to everybody who signs up is taken by whoever signs up again and again; and usage that is charged when
        // nothing is left is a bill.
        let givesMoney = plan.grants.contains { $0.allowance.meter == nil }
        let charges = plan.mode == .subscription && !plan.prices.isEmpty
        return !givesMoney && !charges
    }

    /// Takes one of this minute's sign-ups.
    ///
    /// - Returns: seconds to wait; nil where it may go on.
    func take(at now: Int64) -> Int? {
        count.withLock { count in
            let minute = now / 60
            if count.minute != minute { count = (minute, 0) }
            guard count.taken < Self.perMinute else { return Int((minute + 1) * 60 - now) }
            count.taken += 1
            return nil
        }
    }
}
