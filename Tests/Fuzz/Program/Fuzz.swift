import Foundation
import WeirFuzzing

/// The property that this run tries to break: `WEIR_FUZZ_TARGET`.
private let property: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["WEIR_FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        fatalError("WEIR_FUZZ_TARGET=\(name): expected one of \(FuzzTarget.allCases.map(\.rawValue))")
    }
    return target
}()

/// What libFuzzer calls with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    property.check([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
