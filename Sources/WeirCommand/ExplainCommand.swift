import ArgumentParser
import FoundationEssentials

/// `weir explain`: why would this request be denied, and until when?
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a request would be denied now, and until when.",
        discussion: """
            Shows each rule that the request matches: what is in hand here, what the shared store had by its last answer,
            and until when a denial is remembered; and for a call that is sold which grants would pay, what is in hand of each, and what
            the collector said last. Nothing is taken, counted or asked.

            Exit code 0: it would pass, or would ask the store or the collector; 1: it would be denied; 2: no answer.

            Examples:
              weir explain ip=192.0.2.1 path=/login
              weir explain api_key=k_123 --cost 5
            """)

    @Argument(help: "The request's attributes as NAME=VALUE, as for weir check.")
    var attributes: [String] = []

    @Option(help: "Units that the request takes.")
    var cost: UInt32 = 1

    @Flag(help: "Print the agent's own JSON.")
    var json = false

    func validate() throws {
        for attribute in attributes where !attribute.contains("=") || attribute.hasPrefix("=") {
            throw ValidationError("expected NAME=VALUE, found \"\(attribute)\": try ip=192.0.2.1")
        }
    }

    func run() async throws {
        let words = attributes.map { attribute in
            let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return parts.map(Self.encoded).joined(separator: "=")
        }
        let body = try await AgentAdmin.page("/explain?" + (words + ["@cost=\(cost)"]).joined(separator: "&"))
        if json { return print(String(decoding: body, as: UTF8.self)) }
        let explained = try JSONDecoder().decode(ExplainedRequest.self, from: body)
        print(explained.text)
        if explained.isDenied { throw CommandFailure.negative("") }
    }

    /// For a query: everything but letters, digits and a few signs as `%XX`.
    private static func encoded(_ text: Substring) -> String {
        text.utf8.map { byte in
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._~".utf8.contains(byte)
            if isPlain { return String(UnicodeScalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
