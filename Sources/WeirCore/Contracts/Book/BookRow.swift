/// A row of a `BookTable`: flat, with an id, and a count of the rows that refer to it.
protocol BookRow: BitwiseCopyable, Sendable {
    var id: RecordID { get set }
    /// Rows of other tables that name it.
    var references: UInt32 { get set }
    /// Whether the document has said what it is; it may be referred to before, or after it is gone.
    var isDefined: Bool { get set }
    /// A row of nothing.
    static var empty: Self { get }
}
