import WeirBilling

/// The text of the error that something ends with, or "accepted".
func refusal<T>(_ attempt: () throws(BillingError) -> T) -> String {
    do {
        _ = try attempt()
        return "accepted"
    } catch {
        return "\(error)"
    }
}
