import Foundation
import WeirTestSupport

/// The last stage of a container file, as far as a test can do what it says.
struct ContainerFile {
    enum Step: Equatable {
        case run(String)
        /// From an earlier stage, or from the context (nil).
        case copy(stage: String?, from: String, to: String)
    }

    var base = ""
    var steps: [Step] = []
    var environment: [String: String] = [:]
    var user = "root"
    var volumes: [String] = []
    var stopSignal = ""
    var healthCheck: [String] = []
    var entryPoint: [String] = []
    /// Lines that are none of the above.
    var unknown: [String] = []

    init(_ text: String) throws {
        let joined = text.split(separator: "\n").filter { !$0.drop(while: \.isWhitespace).hasPrefix("#") }
            .joined(separator: "\n").replacingOccurrences(of: "\\\n", with: "")
        for line in joined.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            try read(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    private mutating func read(_ instruction: String, _ value: String) throws {
        let words = value.split(separator: " ").map(String.init)
        switch instruction {
        case "FROM":
            self = try ContainerFile("")
            base = words[0]
        case "RUN": steps.append(.run(value))
        case "COPY":
            let stage = words[0].hasPrefix("--from=") ? String(words[0].dropFirst("--from=".count)) : nil
            steps.append(.copy(stage: stage, from: words[words.count - 2], to: words[words.count - 1]))
        case "ENV":
            for word in words {
                let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
                environment[pair[0]] = pair[1]
            }
        case "USER": user = value
        case "VOLUME": volumes = try list(value)
        case "STOPSIGNAL": stopSignal = value
        case "HEALTHCHECK":
            if let range = value.range(of: "CMD ") { healthCheck = try list(String(value[range.upperBound...])) }
        case "ENTRYPOINT": entryPoint = try list(value)
        default: unknown.append("\(instruction) \(value)")
        }
    }

    private func list(_ text: String) throws -> [String] {
        try JSONDecoder().decode([String].self, from: Data(text.utf8))
    }
}
