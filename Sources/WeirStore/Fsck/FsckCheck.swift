/// One invariant of the database, as a question for the first row that breaks it.
struct FsckCheck: Sendable {
    /// Short and stable: `L1-balanced`.
    let name: String
    /// What holds, in a sentence.
    let claim: String
    /// Selects a text that names a row, and numbers by name that show what is wrong with it.
    let statement: String
    /// Names of the columns behind the first.
    let columns: [String]
}
