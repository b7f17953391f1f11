package import CoreMetrics
import Synchronization

/// A back end of swift-metrics that shows every metric in Prometheus's text format (0.0.4).
///
/// Counters and gauges as they are; recorders and timers as a summary's count and sum.
package final class PrometheusRegistry: MetricsFactory {
    private struct Key: Hashable {
        var label: String
        var dimensions: String
    }

    private let metrics = Mutex<[Key: Metric]>([:])
    /// One line on what a metric means, by its name.
    private let help: [String: String]

    package init(help: [String: String]) { self.help = help }

    /// One metric with its labels.
    private final class Metric: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler, TimerHandler
    {
        enum Kind: String {
            case counter, gauge, summary
        }

        let key: Key
        let kind: Kind
        private let state = Mutex<(value: Double, count: Int64)>((0, 0))

        init(key: Key, kind: Kind) {
            self.key = key
            self.kind = kind
        }

        var current: (value: Double, count: Int64) { state.withLock { $0 } }

        func increment(by amount: Int64) { state.withLock { $0.value += Double(amount) } }
        func increment(by amount: Double) { state.withLock { $0.value += amount } }
        func decrement(by amount: Double) { state.withLock { $0.value -= amount } }
        func reset() { state.withLock { $0 = (0, 0) } }
        func set(_ value: Int64) { state.withLock { $0.value = Double(value) } }
        func set(_ value: Double) { state.withLock { $0.value = value } }
        func record(_ value: Int64) { record(Double(value)) }
        func record(_ value: Double) {
            state.withLock { $0 = kind == .gauge ? (value, 0) : ($0.value + value, $0.count + 1) }
        }
        func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    }

    private func make(_ label: String, _ dimensions: [(String, String)], _ kind: Metric.Kind) -> Metric {
        let labels = dimensions.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
        let key = Key(label: label, dimensions: labels)
        return metrics.withLock { metrics in
            if let known = metrics[key] { return known }
            let made = Metric(key: key, kind: kind)
            metrics[key] = made
            return made
        }
    }

    private func remove(_ handler: AnyObject) {
        guard let metric = handler as? Metric else { return }
        metrics.withLock { $0[metric.key] = nil }
    }

    private static func escaped(_ value: String) -> String {
        value.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(character)
            }
        }.joined()
    }

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        make(label, dimensions, .counter)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler { make(label, dimensions, .counter) }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        make(label, dimensions, .gauge)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        // A gauge of swift-metrics is a recorder that does not aggregate.
        make(label, dimensions, aggregate ? .summary : .gauge)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        make(label, dimensions, .summary)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    // MARK: Text

    /// Every metric, by name and labels.
    package var text: String {
        let all = metrics.withLock { Array($0.values) }
            .sorted { ($0.key.label, $0.key.dimensions) < ($1.key.label, $1.key.dimensions) }
        var text = ""
        var last = ""
        for metric in all {
            let name = metric.key.label
            if name != last {
                if let help = help[name] { text += "# HELP \(name) \(help)\n" }
                text += "# TYPE \(name) \(metric.kind.rawValue)\n"
                last = name
            }
            let labels = metric.key.dimensions.isEmpty ? "" : "{\(metric.key.dimensions)}"
            let (value, count) = metric.current
            switch metric.kind {
            case .counter, .gauge: text += "\(name)\(labels) \(Self.number(value))\n"
            case .summary: text += "\(name)_sum\(labels) \(Self.number(value))\n\(name)_count\(labels) \(count)\n"
            }
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
