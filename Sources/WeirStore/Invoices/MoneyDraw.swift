import WeirBilling

/// What one money grant has paid, or owes, of one meter in one contract.
struct MoneyDraw {
    let contract: String
    let meter: String
    let grant: String
    /// Charged units: without those that nobody pays.
    let units: Int64
    /// Nano-units that were drawn for them in all.
    let posted: Int64
    /// How much of that invoices have dealt with already.
    let known: Int64
    /// How much of what is new the balance did not have: it is owed.
    var billed: Int64 = 0

    /// What is new.
    var drawn: Int64 { posted - known }
    /// What of it the balance has paid.
    var paid: Int64 { drawn - billed }
}
