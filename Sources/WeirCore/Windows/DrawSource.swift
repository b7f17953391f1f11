/// One grant that may pay for what a meter counts.
struct DrawSource: BitwiseCopyable, Sendable {
    /// Its window.
    var place: Int32
    /// At what it is drawn for this meter, in the table's terms.
    var terms: Int32
    /// What cells say of it.
    var tag: Int32
    /// Base units that may be drawn beyond it while no collector is there.
    var overdraft: Int64
}
