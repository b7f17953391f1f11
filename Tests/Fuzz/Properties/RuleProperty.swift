import WeirCalendar
import WeirCore

/// A policy is refused with places in its text, or prints back to itself and can be put in force.
enum RuleProperty {
    static func check(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        do throws(PolicyErrors) {
            let policy = try Policy([PolicySource(name: "fuzz", text: text)], almanac: ZoneAlmanac())
            let printed = policy.description
            do throws(PolicyErrors) {
                let again = try Policy([PolicySource(name: "fuzz", text: printed)], almanac: ZoneAlmanac())
                precondition(again.description == printed, "another text the second time: \(printed)")
                precondition(again.limits.map(\.limit) == policy.limits.map(\.limit), "another policy: \(printed)")
            } catch {
                preconditionFailure("what was printed is refused: \(printed): \(error)")
            }
            let compiled = CompiledPolicy(policy, namespace: Hash128(low: 1, high: 2))
            for rule in compiled.calendar { _ = ZoneAlmanac().timeline(rule, at: 1_800_000_000_000_000) }
            _ = policy.warnings
        } catch {
            precondition(!error.errors.isEmpty, "refused without a reason")
            for problem in error.errors {
                precondition(problem.position.line >= 1 && problem.position.column >= 1, "a place outside the text")
            }
        }
    }
}
