import CLinux

/// Where it was measured: figures of two machines do not compare, ratios do.
package struct Machine: Encodable, Sendable {
    package let processors: Int
    package let model: String

    package static var current: Machine {
        let lines = text(of: "/proc/cpuinfo")?.split(separator: "\n") ?? []
        let model = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last.map(String.init) ?? "unknown"
        return Machine(
            processors: Int(linux_processors()), model: model.split(separator: " ").joined(separator: " "))
    }
}
