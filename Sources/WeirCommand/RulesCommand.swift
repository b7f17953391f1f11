import ArgumentParser
import FoundationEssentials
import WeirCalendar
import WeirCore

/// `weir rules`: work on policies.
struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: "Check the rules of a policy.",
        discussion: """
            Example:
              weir rules lint policy.weir
            """, subcommands: [Lint.self])

    /// `weir rules lint FILE`.
    struct Lint: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a policy as the agent would, print it back, and warn of what is probably not meant.",
            discussion: """
                Exit code 0: the policy can be enforced, 1: it is refused.

                Examples:
                  weir rules lint policy.weir
                  echo '200/s burst 400 by ip' | weir rules lint -
                """)

        @Argument(help: "The policy's file; - reads standard input.")
        var file: String

        @Flag(help: "Print JSON.")
        var json = false

        private struct Output: Encodable {
            var isRight: Bool
            var errors: [String]
            var warnings: [String]
            var statements: [String]
        }

        func run() throws {
            let text = try read()
            let policy: Policy
            do throws(PolicyErrors) {
                policy = try Policy([PolicySource(name: file, text: text)], almanac: ZoneAlmanac())
            } catch {
                let errors = error.errors.map(\.description)
                try show(Output(isRight: false, errors: errors, warnings: [], statements: []))
                throw CommandFailure.negative(json ? "" : errors.joined(separator: "\n"))
            }
            let warnings = policy.warnings.map { "\(file):\($0)" }
            try show(
                Output(isRight: true, errors: [], warnings: warnings, statements: policy.statements.map(\.description)))
        }

        private func show(_ output: Output) throws {
            if json { return print(try JSONText.encode(output)) }
            guard output.isRight else { return }
            for statement in output.statements { print(statement) }
            for warning in output.warnings { print("# warning: \(warning)") }
        }

        private func read() throws -> String {
            if file == "-" {
                var text = ""
                while let line = readLine(strippingNewline: false) { text += line }
                return text
            }
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure.noAnswer("cannot read \(file)")
            }
            return String(decoding: data, as: UTF8.self)
        }
    }
}
