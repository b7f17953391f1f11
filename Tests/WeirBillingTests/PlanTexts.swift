import WeirBilling

/// What a plan's text is read as, or the errors, one a line.
func reading(_ text: String) -> (plan: Plan?, errors: String) {
    do throws(PlanErrors) {
        return (try PlanText.parse(text).plan, "")
    } catch {
        return (nil, error.description)
    }
}

/// A plan of a mode with some lines more or others.
enum PlanTexts {
    static let package = "plan p\nof weather\nmode package\ncurrency USD\nfee 5.00\ngrant 1000 calls\n"
    static let subscription = "plan s\nof weather\nmode subscription\ncurrency USD\nfee 5.00\nperiod month\n"
    static let payg = "plan g\nof weather\nmode payg\ncurrency USD\nprice calls per unit 0.01\n"
    static let postpaid =
        "plan o\nof weather\nmode postpaid\ncurrency USD\nperiod month\nprice calls per unit 0.01\ncredit limit 100.00\n"
}
