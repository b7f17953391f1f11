import Logging
import ServiceLifecycle

/// Tells the operator when clients run into a cap, and when they no longer do.
///
/// A line for each change of state, looked for once a second: whatever clients do, each kind of trouble has at most two lines
/// in `WEIR_LOG_QUIET`, and never one for each connection or request; those are counted in the metrics. The reactor itself
/// logs nothing, as whoever reads the log may be slow.
struct TroubleWatch: Service {
    private static let interval: Duration = .seconds(1)

    let doors: DoorMetrics
    let quiet: Duration
    let logger: Logger

    func run() async throws {
        let looks = max(1, Int(quiet / Self.interval))
        var alarms = Trouble.allCases.map { _ in Alarm(quietLooks: looks) }
        while !Task.isShuttingDownGracefully {
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.interval) }
            for trouble in Trouble.allCases {
                guard let change = alarms[trouble.rawValue].look(doors[trouble].value) else { continue }
                tell(change, of: trouble)
            }
        }
    }

    private func tell(_ change: Alarm.Change, of trouble: Trouble) {
        switch change {
        case .began(let count):
            let user = doors[trouble].lastUser.map { ", last of user \($0)" } ?? ""
            let quote = trouble == .malformedLine ? doors.lines.takeQuote() : nil
            logger.warning(
                "\(trouble.description): \(count) so far\(user)\(quote.map { ": \($0)" } ?? ""); \(trouble.metric.name) counts on"
            )
        case .ended(let count):
            logger.info("no more for \(quiet): \(trouble.description): \(count) in all")
        }
    }
}
