using System.Diagnostics;
using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Sextant.Primitives;

namespace Sextant.Doctor;

/// <summary>A network interface as the kernel has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsUp">Switched on.</param>
/// <param name="HasCarrier">There is something at the other end of the cable.</param>
/// <param name="Mtu">Its MTU in octets.</param>
/// <param name="Mac">Its MAC.</param>
/// <param name="Addresses">Its IPv4 addresses with their prefixes.</param>
public sealed record InterfaceFacts(string Name, bool IsUp, bool HasCarrier, int Mtu, MacAddress? Mac, IReadOnlyList<(Ipv4Address Address, int PrefixLength)> Addresses);

/// <summary>Reads of this machine what the checks ask. Changes nothing.</summary>
public static class HostFacts
{
    /// <summary>Every interface.</summary>
    public static IReadOnlyList<InterfaceFacts> Interfaces() =>
    [
        .. from device in NetworkInterface.GetAllNetworkInterfaces()
           let folder = $"/sys/class/net/{device.Name}"
           select new InterfaceFacts(
               device.Name, (ParsedHex(Text($"{folder}/flags")) & 1) != 0, Text($"{folder}/carrier") == "1",
               int.TryParse(Text($"{folder}/mtu"), NumberStyles.None, CultureInfo.InvariantCulture, out var mtu) ? mtu : 0,
               MacAddress.TryParse(Text($"{folder}/address"), out var mac) && !mac.IsZero ? mac : null,
               [
                   .. from unicast in device.GetIPProperties().UnicastAddresses
                      where unicast.Address.AddressFamily is AddressFamily.InterNetwork
                      select (Ipv4Address.FromIPAddress(unicast.Address)!.Value, unicast.PrefixLength),
               ]),
    ];

    /// <summary>A file's text without its line end; empty when it cannot be read.</summary>
    public static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>The process's effective capabilities (capabilities(7)), one bit each.</summary>
    public static ulong Capabilities() =>
        ParsedHex(Text("/proc/self/status").Split('\n').FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "");

    /// <summary>The programs that have a port open, <c>dnsmasq (pid 812)</c>; empty when nobody has, or nobody may be known.</summary>
    /// <param name="protocol"><c>udp</c> or <c>tcp</c>.</param>
    /// <param name="port">The port.</param>
    public static IReadOnlyList<string> OwnersOf(string protocol, int port)
    {
        var sockets = new[] { protocol, protocol + "6" }.SelectMany(table => Text($"/proc/self/net/{table}").Split('\n').Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            // sl local_address rem_address st … uid timeout inode; of TCP only what listens (0A)
            .Where(fields => fields.Length > 9 && ParsedHex(fields[1].Split(':')[^1]) == (ulong)port && (protocol == "udp" || fields[3] == "0A"))
            .Select(fields => $"socket:[{fields[9]}]").ToHashSet(StringComparer.Ordinal);
        if (sockets.Count == 0) return [];
        var owners = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
            if (HoldsAny(process, sockets)) owners.Add($"{ProgramOf(process)} (pid {Path.GetFileName(process)})");
        return owners;
    }

    /// <summary>What a program prints; null when there is no such program, or it fails.</summary>
    public static string? Output(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors.GetAwaiter().GetResult();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static bool HoldsAny(string process, HashSet<string> sockets)
    {
        try
        {
            return Directory.EnumerateFiles(process + "/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The program's name; of a .NET program that of its assembly.</summary>
    private static string ProgramOf(string process)
    {
        var words = Text(process + "/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return Text(process + "/comm");
        var name = Path.GetFileName(words[0]);
        return name == "dotnet" && words.FirstOrDefault(word => word.EndsWith(".dll", StringComparison.Ordinal)) is { } assembly ? Path.GetFileNameWithoutExtension(assembly) : name;
    }

    private static ulong ParsedHex(string text) =>
        ulong.TryParse(text.AsSpan(text.StartsWith("0x", StringComparison.Ordinal) ? 2 : 0), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
