import WeirBilling
import WeirCalendar

/// A plan is refused with places in its text, or prints back to itself, and its prices and periods can be computed; and so is a filter.
enum PlanProperty {
    static func check(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return }
        checkFilter(text)
        do throws(PlanErrors) {
            let plan = try PlanText.parse(text).plan
            let printed = PlanText.print(plan)
            do throws(PlanErrors) {
                let again = try PlanText.parse(printed).plan
                precondition(again == plan, "another plan: \(printed)")
                precondition(PlanText.print(again) == printed, "another text the second time: \(printed)")
            } catch {
                preconditionFailure("what was printed is refused: \(printed): \(error)")
            }
            compute(plan)
        } catch {
            precondition(!error.errors.isEmpty, "refused without a reason")
            for problem in error.errors {
                precondition(problem.position.line >= 1 && problem.position.column >= 1, "a place outside the text")
            }
        }
    }

    /// Prices never trap, and steps add up to the whole; a subscription begins wherever its zone is known.
    private static func compute(_ plan: Plan) {
        for meter in plan.prices.keys {
            guard let price = try? plan.priceFunction(of: meter) else {
                preconditionFailure("a price that was checked is refused: \(meter)")
            }
            for units in [0, 1, 999, 1_000_001, Int64.max] {
                guard let whole = try? price.cost(of: units), let half = try? price.cost(of: units / 2) else {
                    continue
                }
                let step = try? price.step(from: units / 2, to: units)
                precondition((try? step?.adding(half)) == whole, "a step that does not add up: \(meter)")
            }
        }
        if var (subscription, _) = try? Subscription.start("s", plan, at: 1_800_000_000, clock: PeriodCalendar()) {
            let end = subscription.contract.end
            let events = try? subscription.advance(to: 1_900_000_000, clock: PeriodCalendar())
            precondition(events != nil && (end == nil || end ?? 0 > 1_800_000_000), "no period")
        }
    }

    private static func checkFilter(_ text: String) {
        guard let filter = try? BillFilter(text) else { return }
        let printed = filter.description
        precondition((try? BillFilter(printed)) == filter, "another filter: \(printed)")
        _ = filter.decide(BillableCall(status: 200, method: "GET"), unreported: .bill)
    }
}
