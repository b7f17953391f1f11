/// The greatest common divisor of two numbers that are not both 0.
func greatestCommonDivisor(_ first: Int64, _ second: Int64) -> Int64 {
    var (a, b) = (first.magnitude, second.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    // Only two times Int64.min has a divisor that does not fit; denominators are above 0.
    return Int64(a)
}

/// The least common multiple of two numbers above 0, or nil where it does not fit.
func leastCommonMultiple(_ first: Int64, _ second: Int64) -> Int64? {
    let (product, overflow) = (first / greatestCommonDivisor(first, second)).multipliedReportingOverflow(by: second)
    return overflow ? nil : product
}
