import Testing

/// A thousand callers on eight agents at the last hundred calls of a package: each of them is sold once, whatever dies, is lost, comes
/// twice or is copied.
///
/// `WEIR_SALES=200` sells two hundred times, `WEIR_SALES_SEED=7` repeats what a seed does.
@Suite(.serialized) struct LastCallTests {
    @Test(arguments: SaleScript.all)
    func theLastCallsAreSoldOnce(_ script: SaleScript) throws { try Sale(script).run() }
}
