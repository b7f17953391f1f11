/// Numbers of rows.
enum BookNumber {
    /// No row.
    static let none = UInt32.max
}
