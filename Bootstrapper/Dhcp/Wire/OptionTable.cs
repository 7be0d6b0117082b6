using System.Collections.Frozen;

namespace Sextant.Dhcp.Wire;

/// <summary>Options this product gives or looks at. Any other code is carried as it came.</summary>
public enum OptionCode : byte
{
#pragma warning disable CS1591 // Named, shaped and sourced in OptionTable, one row each.
    Pad = 0, SubnetMask = 1, TimeOffset = 2, Router = 3, TimeServer = 4, DomainNameServer = 6, LogServer = 7, HostName = 12, BootFileSize = 13,
    DomainName = 15, RootPath = 17, InterfaceMtu = 26, BroadcastAddress = 28, NtpServer = 42, VendorSpecific = 43, RequestedAddress = 50, LeaseTime = 51,
    Overload = 52, MessageType = 53, ServerIdentifier = 54, ParameterRequestList = 55, Message = 56, MaximumMessageSize = 57, RenewalTime = 58,
    RebindingTime = 59, VendorClass = 60, ClientIdentifier = 61, TftpServerName = 66, BootFileName = 67, UserClass = 77, RapidCommit = 80, ClientFqdn = 81,
    RelayAgentInformation = 82, ClientArchitecture = 93, ClientNetworkInterface = 94, ClientMachineIdentifier = 97, AutoConfigure = 116,
    SubnetSelection = 118, DomainSearch = 119, ClasslessRoutes = 121, IpxeEncapsulated = 175, End = 255,
#pragma warning restore CS1591
}

/// <summary>How an option's octets are to be read.</summary>
public enum OptionShape
{
    /// <summary>Octets without a structure of interest.</summary>
    Octets,
    /// <summary>Nothing: the code says it all.</summary>
    Flag,
    /// <summary>One octet.</summary>
    Byte,
    /// <summary>A 16-bit number.</summary>
    UInt16,
    /// <summary>One 16-bit number or more.</summary>
    UInt16List,
    /// <summary>A 32-bit number.</summary>
    UInt32,
    /// <summary>One IPv4 address.</summary>
    Address,
    /// <summary>One IPv4 address or more.</summary>
    AddressList,
    /// <summary>NVT ASCII text; a closing NUL is not part of it.</summary>
    Text,
    /// <summary>Option 53's octet.</summary>
    MessageType,
    /// <summary>Option codes, one octet each.</summary>
    CodeList,
    /// <summary>Options inside the option: code, length, value.</summary>
    SubOptions,
    /// <summary>Domain names (RFC 3397 §2).</summary>
    Domains,
    /// <summary>Routes (RFC 3442).</summary>
    Routes,
}

/// <summary>What is known of one option.</summary>
/// <param name="Code">The code.</param>
/// <param name="Name">Its name in print.</param>
/// <param name="Shape">How its octets are read.</param>
/// <param name="Source">The RFC section (or document) that defines it.</param>
public readonly record struct OptionRow(OptionCode Code, string Name, OptionShape Shape, string Source);

/// <summary>Every option this product knows, one row each; readers, writers and printers follow the table and have no case per option.</summary>
public static class OptionTable
{
    private static readonly FrozenDictionary<OptionCode, OptionRow> ByCode = new OptionRow[]
    {
        new(OptionCode.SubnetMask, "subnet mask", OptionShape.Address, "RFC 2132 §3.3"),
        new(OptionCode.TimeOffset, "time offset", OptionShape.UInt32, "RFC 2132 §3.4"),
        new(OptionCode.Router, "router", OptionShape.AddressList, "RFC 2132 §3.5"),
        new(OptionCode.TimeServer, "time server", OptionShape.AddressList, "RFC 2132 §3.6"),
        new(OptionCode.DomainNameServer, "domain name server", OptionShape.AddressList, "RFC 2132 §3.8"),
        new(OptionCode.LogServer, "log server", OptionShape.AddressList, "RFC 2132 §3.9"),
        new(OptionCode.HostName, "host name", OptionShape.Text, "RFC 2132 §3.14"),
        new(OptionCode.BootFileSize, "boot file size", OptionShape.UInt16, "RFC 2132 §3.15"),
        new(OptionCode.DomainName, "domain name", OptionShape.Text, "RFC 2132 §3.17"),
        new(OptionCode.RootPath, "root path", OptionShape.Text, "RFC 2132 §3.19"),
        new(OptionCode.InterfaceMtu, "interface MTU", OptionShape.UInt16, "RFC 2132 §5.1"),
        new(OptionCode.BroadcastAddress, "broadcast address", OptionShape.Address, "RFC 2132 §5.3"),
        new(OptionCode.NtpServer, "NTP server", OptionShape.AddressList, "RFC 2132 §8.3"),
        new(OptionCode.VendorSpecific, "vendor specific", OptionShape.SubOptions, "RFC 2132 §8.4, PXE 2.1 §2.4"),
        new(OptionCode.RequestedAddress, "requested address", OptionShape.Address, "RFC 2132 §9.1"),
        new(OptionCode.LeaseTime, "lease time", OptionShape.UInt32, "RFC 2132 §9.2"),
        new(OptionCode.Overload, "overload", OptionShape.Byte, "RFC 2132 §9.3"),
        new(OptionCode.MessageType, "message type", OptionShape.MessageType, "RFC 2132 §9.6"),
        new(OptionCode.ServerIdentifier, "server identifier", OptionShape.Address, "RFC 2132 §9.7"),
        new(OptionCode.ParameterRequestList, "parameter request list", OptionShape.CodeList, "RFC 2132 §9.8"),
        new(OptionCode.Message, "message", OptionShape.Text, "RFC 2132 §9.9"),
        new(OptionCode.MaximumMessageSize, "maximum message size", OptionShape.UInt16, "RFC 2132 §9.10"),
        new(OptionCode.RenewalTime, "renewal time (T1)", OptionShape.UInt32, "RFC 2132 §9.11"),
        new(OptionCode.RebindingTime, "rebinding time (T2)", OptionShape.UInt32, "RFC 2132 §9.12"),
        new(OptionCode.VendorClass, "vendor class", OptionShape.Text, "RFC 2132 §9.13"),
        new(OptionCode.ClientIdentifier, "client identifier", OptionShape.Octets, "RFC 2132 §9.14, RFC 6842"),
        new(OptionCode.TftpServerName, "TFTP server name", OptionShape.Text, "RFC 2132 §9.4"),
        new(OptionCode.BootFileName, "boot file name", OptionShape.Text, "RFC 2132 §9.5"),
        new(OptionCode.UserClass, "user class", OptionShape.Octets, "RFC 3004 §4"),
        new(OptionCode.RapidCommit, "rapid commit", OptionShape.Flag, "RFC 4039 §4"),
        new(OptionCode.ClientFqdn, "client FQDN", OptionShape.Octets, "RFC 4702 §2"),
        new(OptionCode.RelayAgentInformation, "relay agent information", OptionShape.SubOptions, "RFC 3046 §2"),
        new(OptionCode.ClientArchitecture, "client architecture", OptionShape.UInt16List, "RFC 4578 §2.1"),
        new(OptionCode.ClientNetworkInterface, "client network interface", OptionShape.Octets, "RFC 4578 §2.2"),
        new(OptionCode.ClientMachineIdentifier, "client machine identifier", OptionShape.Octets, "RFC 4578 §2.3"),
        new(OptionCode.AutoConfigure, "auto-configure", OptionShape.Byte, "RFC 2563 §2"),
        new(OptionCode.SubnetSelection, "subnet selection", OptionShape.Address, "RFC 3011 §2"),
        new(OptionCode.DomainSearch, "domain search", OptionShape.Domains, "RFC 3397 §2"),
        new(OptionCode.ClasslessRoutes, "classless routes", OptionShape.Routes, "RFC 3442"),
        new(OptionCode.IpxeEncapsulated, "iPXE", OptionShape.SubOptions, "iPXE, dhcp.h"),
    }.ToFrozenDictionary(row => row.Code);

    /// <summary>All rows.</summary>
    public static IReadOnlyCollection<OptionRow> Rows => ByCode.Values;

    /// <summary>The option's row; for a code that is not in the table one that says "option" and carries octets.</summary>
    public static OptionRow Of(OptionCode code) => ByCode.TryGetValue(code, out var row) ? row : new OptionRow(code, "option", OptionShape.Octets, "");

    /// <summary>True when a value of that many octets can have the shape.</summary>
    public static bool Allows(OptionShape shape, int length) => shape switch
    {
        OptionShape.Octets or OptionShape.Text or OptionShape.CodeList or OptionShape.SubOptions => true,
        OptionShape.Flag => length == 0,
        OptionShape.Byte or OptionShape.MessageType => length == 1,
        OptionShape.UInt16 => length == 2,
        OptionShape.UInt16List => length >= 2 && length % 2 == 0,
        OptionShape.UInt32 or OptionShape.Address => length == 4,
        OptionShape.Domains => length >= 3,
        OptionShape.Routes => length >= 5,
        OptionShape.AddressList => length >= 4 && length % 4 == 0,
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };
}
