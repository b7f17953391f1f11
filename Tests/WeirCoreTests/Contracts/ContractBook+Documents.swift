import WeirCalendar
import WeirCore

extension ContractBook {
    /// The whole that these records are.
    static func whole(_ records: [PolicyRecord], version: Int64 = 1) throws -> ContractBook {
        try ContractBook().taking(SoldThings.document(from: 0, to: version, records))
    }

    /// What a change makes of it, one version on.
    func changed(_ records: [PolicyRecord]) throws -> ContractBook {
        try taking(SoldThings.document(from: version, to: version + 1, records))
    }

    func taking(_ document: [UInt8]) throws -> ContractBook {
        try document.withBytes { bytes throws(PolicyDocumentError) in try applying(bytes, almanac: ZoneAlmanac()) }
    }
}
