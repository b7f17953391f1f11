import Foundation
import WeirCore

/// The clock on the wall of one time zone: from instants to what it shows, and back.
///
/// Instants are seconds since 1970. Local seconds are what the clock shows, as seconds since 1970 if it showed UTC.
struct ZoneClock {
    /// No zone is further than this from UTC, nor moves by more at once: a day was left out or lived twice.
    private static let widest: Int64 = 26 * 3_600

    private let zone: TimeZone

    /// Nil for a zone that is not known.
    init?(_ name: String) {
        // Foundation also takes abbreviations such as "EST" and offsets; the names of the database hold a slash, or are UTC.
        guard name == "UTC" || name == "GMT" || name.contains("/"), let zone = TimeZone(identifier: name) else {
            return nil
        }
        self.zone = zone
    }

    func offset(at instant: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant))))
    }

    func local(at instant: Int64) -> Int64 { instant + offset(at: instant) }

    /// The first instant after `instant` at which the clock is set to another offset; nil when none is known.
    func change(after instant: Int64) -> Int64? {
        zone.nextDaylightSavingTimeTransition(after: Date(timeIntervalSince1970: TimeInterval(instant)))
            .map { Int64($0.timeIntervalSince1970.rounded()) }
    }

    /// The first instant at which the clock shows `local` or later: where that is shown twice the first time, where it is
    /// left out the instant of the change.
    func first(showing local: Int64) -> Int64 {
        var start = local - Self.widest
        while true {
            let candidate = max(start, local - offset(at: start))
            guard let change = change(after: start), change <= candidate else { return candidate }
            start = change
        }
    }

    // MARK: Windows

    /// Starts of windows that follow the clock's hands, every `step` seconds of at most an hour: the one that holds
    /// `instant` and those after it.
    ///
    /// An hour that is lived twice is two windows. Where the clock is set by less than a step, a window is cut short.
    func windows(of step: Int64, at instant: Int64) -> [Int64] {
        // From far enough back that the clock shows a whole step: any change since then has been gone through.
        var start = first(showing: (local(at: instant) - 2 * 86_400).flooredDivision(by: step) * step)
        if (change(after: start) ?? .max) > instant {
            start = local(at: instant).flooredDivision(by: step) * step - offset(at: instant)
        }
        while true {
            let next = next(of: step, after: start)
            if next > instant { break }
            start = next
        }
        var starts = [start]
        while starts.count <= Timeline.maximumParts { starts.append(next(of: step, after: starts[starts.count - 1])) }
        return starts
    }

    private func next(of step: Int64, after instant: Int64) -> Int64 {
        func aligned(after instant: Int64, offset: Int64) -> Int64 {
            ((instant + offset).flooredDivision(by: step) + 1) * step - offset
        }
        let next = aligned(after: instant, offset: offset(at: instant))
        guard let change = change(after: instant), change < next else { return next }
        return aligned(after: change - 1, offset: offset(at: change))
    }

    /// Starts of a series of windows: the one that holds `instant` and those after it. Windows that no instant falls in are
    /// left out, as on a day that a zone skipped.
    func windows(of series: WindowSeries, at instant: Int64) -> [Int64] {
        var number = series.number(of: local(at: instant)) + 1
        // The clock may show an earlier day for a while after midnight: look from a window further on.
        while first(showing: series.start(number)) > instant { number -= 1 }
        while first(showing: series.start(number + 1)) <= instant { number += 1 }
        var starts = [first(showing: series.start(number))]
        while starts.count <= Timeline.maximumParts {
            number += 1
            let start = first(showing: series.start(number))
            if start > starts[starts.count - 1] { starts.append(start) }
        }
        return starts
    }
}
