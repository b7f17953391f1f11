import WeirCore

extension ReportAnswer {
    /// `{"accepted":1,"repeated":0,"late":0,"unknown":0}`.
    func writeJSON(to writer: inout ByteWriter) {
        writer.append("{\"accepted\":" as StaticString)
        writer.append(decimal: UInt64(accepted))
        writer.append(",\"repeated\":" as StaticString)
        writer.append(decimal: UInt64(repeated))
        writer.append(",\"late\":" as StaticString)
        writer.append(decimal: UInt64(late))
        writer.append(",\"unknown\":" as StaticString)
        writer.append(decimal: UInt64(unknown))
        writer.append("}" as StaticString)
    }
}

extension Release {
    /// `{"released":1,"unknown":0}`.
    static func writeJSON(released: Int, unknown: Int, to writer: inout ByteWriter) {
        writer.append("{\"released\":" as StaticString)
        writer.append(decimal: UInt64(released))
        writer.append(",\"unknown\":" as StaticString)
        writer.append(decimal: UInt64(unknown))
        writer.append("}" as StaticString)
    }
}
