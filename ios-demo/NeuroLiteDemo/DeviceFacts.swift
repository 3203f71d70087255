@preconcurrency import Darwin
import Foundation
import NeuroLiteCore

/// What the system tells of itself, for the benchmark.
enum DeviceFacts {
    static let probe = BenchRun.Probe(
        memory: { footprint() }, thermal: { thermal() },
        powerSaving: { ProcessInfo.processInfo.isLowPowerModeEnabled })

    static var device: JSON {
        .object([
            "manufacturer": .string("Apple"), "model": .string(machine),
            "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
            "cores": .int(ProcessInfo.processInfo.activeProcessorCount),
        ])
    }

    /// Such as iPhone17,1; of a simulator the Mac's architecture.
    private static var machine: String {
        var facts = utsname()
        uname(&facts)
        return withUnsafeBytes(of: facts.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// Bytes that iOS holds an app to.
    private static func footprint() -> Int? {
        var facts = task_vm_info_data_t()
        let size = MemoryLayout<task_vm_info_data_t>.size / MemoryLayout<natural_t>.size
        var count = mach_msg_type_number_t(size)
        let status = withUnsafeMutablePointer(to: &facts) { place in
            place.withMemoryRebound(to: integer_t.self, capacity: size) {
                task_info(mach_task_self_, task_flavor_t(TASK_VM_INFO), $0, &count)
            }
        }
        return status == KERN_SUCCESS ? Int(facts.phys_footprint) : nil
    }

    private static func thermal() -> BenchScreen.Thermal? {
        switch ProcessInfo.processInfo.thermalState {
        case .nominal: return BenchScreen.Thermal.none
        case .fair: return .light
        case .serious: return .severe
        case .critical: return .critical
        @unknown default: return nil
        }
    }
}
