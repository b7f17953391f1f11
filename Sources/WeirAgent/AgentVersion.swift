/// The agent's name and version, as clients, logs and status show them.
package enum AgentVersion {
    package static let number = "0.1.0"
    package static let name = "weir-agent \(number)"
}
