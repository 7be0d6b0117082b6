using System.Net.Sockets;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sextant.Tests.Architecture;

/// <summary>Who may use whom, as data. A folder that is not in the table may not exist.</summary>
internal static class Layers
{
    private static readonly string[] Protocols = ["Dhcp", "Tftp", "Dns", "Ntp", "Syslog"];

    /// <summary>Folder to the folders it may use. <c>*</c> is everything.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Primitives"] = [],
        ["Background"] = [],
        ["Cluster"] = ["Dhcp.Wire", "Primitives"],
        ["Planning"] = ["Cluster", "Dhcp.Wire", "Primitives"],
        ["Rendering"] = ["Planning", "Cluster", "Primitives"],
        ["Lifecycle"] = ["Planning", "Primitives"],
        ["Files"] = ["Primitives"],
        ["Storage"] = ["Files", "Lifecycle", "Primitives"],
        ["Networking"] = ["Primitives"],
        ["Pki"] = ["Files", "Storage", "Lifecycle", "Planning", "Cluster", "Primitives"],
        ["Assets"] = ["Files", "Cluster", "Primitives"],
        ["Transfers"] = ["Networking", "Files", "Primitives"],
        ["Registry"] = ["Transfers", "Files", "Primitives"],
        ["Images"] = ["Registry", "Assets", "Files", "Primitives"],
        ["Builds"] = ["Images", "Registry", "Assets", "Files", "Cluster", "Primitives"],
        ["Bundle"] = ["Images", "Registry", "Assets", "Files", "Cluster", "Primitives"],
        ["Boot"] = ["Transfers", "Rendering", "Pki", "Assets", "Files", "Storage", "Lifecycle", "Planning", "Cluster", "Primitives"],
        ["Health"] = ["Background", "Pki", "Storage", "Lifecycle", "Planning", "Cluster", "Primitives"],
        ["Power"] = ["Background", "Storage", "Lifecycle", "Planning", "Cluster", "Primitives"],
        ["Tracing"] = ["Dhcp", "Dhcp.Wire", "Tftp.Wire", "Networking", "Storage", "Lifecycle", "Planning", "Primitives"],
        ["Doctor"] = ["Dhcp.Wire", "Ntp", "Ntp.Server", "Syslog.Server", "Networking", "Assets", "Files", "Planning", "Cluster", "Primitives"],
        ["Operators"] = ["Files", "Primitives"],
        ["Status"] = ["Background", "Operators", "Files", "Tracing", "Power", "Storage", "Lifecycle", "Planning", "Cluster", "Primitives"],
        ["Lab"] = ["Cluster", "Primitives"],
        ["Cli"] = ["*"],
        [""] = ["*"],
    };

    private static readonly Type[] Sockets = [typeof(Socket), typeof(UdpClient), typeof(TcpClient), typeof(HttpClient), typeof(NetworkStream)];
    private static readonly Type[] Files = [typeof(File), typeof(Directory), typeof(FileStream), typeof(FileInfo), typeof(DirectoryInfo), typeof(RandomAccess)];
    private static readonly Type[] Clocks = [typeof(TimeProvider), typeof(System.Diagnostics.Stopwatch)];
    private static readonly Type[] Loggers = [typeof(ILogger), typeof(ILogger<>), typeof(ILoggerFactory)];
    private static readonly Type[] Chance = [typeof(Random), typeof(RandomNumberGenerator)];

    static Layers()
    {
        foreach (var protocol in Protocols)
        {
            Allowed[protocol + ".Wire"] = ["Primitives"];
            Allowed[protocol] = [protocol + ".Wire", "Planning", "Lifecycle", "Primitives"];
            Allowed[protocol + ".Server"] = [protocol, protocol + ".Wire", "Networking", "Storage", "Lifecycle", "Planning", "Primitives"];
        }
    }

    /// <summary>Every breach of the table by the types under <paramref name="root"/>, in words.</summary>
    public static IEnumerable<string> Breaches(IEnumerable<Type> types, string root)
    {
        foreach (var type in types)
        {
            var folder = FolderOf(type, root);
            if (folder is null) continue;
            if (!Allowed.TryGetValue(folder, out var allowed))
            {
                yield return $"{type.FullName}: the folder '{folder}' is not in the layering table";
                continue;
            }
            var (used, members) = TypeDependencies.Of(type);
            foreach (var other in used)
            {
                if (FolderOf(other, root) is { } target && target != folder && !allowed.Contains("*") && !allowed.Contains(target))
                    yield return $"{type.FullName} ({folder}) uses {other.FullName} ({(target.Length == 0 ? "composition root" : target)})";
                if (Forbidden(folder).Contains(other)) yield return $"{type.FullName} ({folder}) uses {other.FullName}";
                if (other == typeof(IServiceProvider) && folder.Length > 0) yield return $"{type.FullName} ({folder}) uses IServiceProvider";
            }
            if (!IsPure(folder)) continue;
            foreach (var member in members)
                if (ReadsClock(member) || member.DeclaringType == typeof(Guid) && member.Name == nameof(Guid.NewGuid))
                    yield return $"{type.FullName} ({folder}) calls {member.DeclaringType!.Name}.{member.Name}";
        }
    }

    /// <summary>The folder of a type: <c>Dhcp.Wire</c>; empty for the composition root; null outside the root.</summary>
    private static string? FolderOf(Type type, string root)
    {
        var space = type.Namespace ?? "";
        if (root == "Sextant" && type.Assembly != typeof(Sextant.Primitives.MacAddress).Assembly) return null;
        if (space == root) return "";
        if (!space.StartsWith(root + ".", StringComparison.Ordinal)) return null;
        var parts = space[(root.Length + 1)..].Split('.');
        return parts.Length > 1 && Protocols.Contains(parts[0]) && parts[1] is "Wire" or "Server" ? $"{parts[0]}.{parts[1]}" : parts[0];
    }

    private static bool IsPure(string folder) =>
        folder is "Primitives" or "Cluster" or "Planning" or "Rendering" or "Lifecycle" || Protocols.Contains(folder) || folder.EndsWith(".Wire", StringComparison.Ordinal);

    private static IEnumerable<Type> Forbidden(string folder) => folder switch
    {
        "Primitives" or "Planning" or "Rendering" or "Lifecycle" => [.. Sockets, .. Files, .. Clocks, .. Loggers, .. Chance, typeof(HttpContext)],
        "Cluster" => [.. Sockets, .. Clocks, .. Loggers, .. Chance, typeof(HttpContext)],
        _ when Protocols.Contains(folder) || folder.EndsWith(".Wire", StringComparison.Ordinal) => [.. Sockets, .. Files, .. Clocks, .. Loggers, typeof(HttpContext)],
        _ when folder.EndsWith(".Server", StringComparison.Ordinal) => [typeof(HttpContext), typeof(HttpClient)],
        _ => [],
    };

    private static bool ReadsClock(MemberInfo member) =>
        (member.DeclaringType == typeof(DateTime) || member.DeclaringType == typeof(DateTimeOffset)) && member.Name is "get_Now" or "get_UtcNow" or "get_Today";
}
