using System.CommandLine;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary>The machine that a verb is about: its MAC address, or its host name.</summary>
internal static class MachineArgument
{
    /// <summary>The argument.</summary>
    public static Argument<string> Create() => new("MACHINE") { Description = "The machine: its MAC address, 52:54:00:00:00:01, or its host name." };

    /// <summary>Its MAC address; for a name, the service is asked.</summary>
    /// <param name="given">What the argument says.</param>
    /// <param name="service">The service.</param>
    /// <param name="cancelled">Ends the wait.</param>
    /// <returns>The address; or null with the verb's exit code, and the reason is told.</returns>
    public static async Task<(MacAddress? Mac, int Code)> ResolveAsync(string given, ServiceClient service, CancellationToken cancelled)
    {
        if (MacAddress.TryParse(given, out var mac)) return (mac, Ending.Done);
        var reply = await service.GetAsync("nodes", cancelled);
        if (reply is not ServiceReply.Answered answered) return (null, reply.Say());
        var named = answered.As(StatusJson.Default.IReadOnlyListNodeView).FirstOrDefault(node => string.Equals(node.Hostname, given, StringComparison.OrdinalIgnoreCase));
        return named is null ? (null, Ending.Failed($"no machine has the name '{given}', and it is no MAC address such as 52:54:00:00:00:01")) : (named.Mac, Ending.Done);
    }
}
