using System.CommandLine;
using Sextant.Primitives;
using Sextant.Status;

namespace Sextant.Cli;

/// <summary>The machine that a verb is about: its MAC address, or its host name.</summary>
internal static class MachineArgument
{
    /// <summary>The argument.</summary>
    public static Argument<string> Create() => new("MACHINE") { Description = "The machine: its MAC address, 52:54:00:00:00:01, or its host name." };

    /// <summary>Gives a verb about a machine its options and what it does: the service is found, then the machine.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="machine">Its argument.</param>
    /// <param name="act">What it does; answers its exit code.</param>
    /// <param name="patience">How long the service may take for an answer; null for the client's own.</param>
    public static void SetAction(Command command, Argument<string> machine, Func<ParseResult, ServiceClient, MacAddress, CancellationToken, Task<int>> act, TimeSpan? patience = null)
    {
        var service = new ServiceConnection();
        foreach (var option in service.Options) command.Add(option);
        command.SetAction(async (arguments, cancelled) =>
        {
            using var client = service.Open(arguments);
            if (client is null) return Ending.Misuse;
            if (patience is { } longest) client.Http.Timeout = longest;
            var (mac, code) = await ResolveAsync(arguments.GetRequiredValue(machine), client, cancelled);
            return mac is { } known ? await act(arguments, client, known, cancelled) : code;
        });
    }

    /// <summary>Its MAC address; for a name, the service is asked.</summary>
    /// <param name="given">What the argument says.</param>
    /// <param name="service">The service.</param>
    /// <param name="cancelled">Ends the wait.</param>
    /// <returns>The address; or null with the verb's exit code, and the reason is told.</returns>
    private static async Task<(MacAddress? Mac, int Code)> ResolveAsync(string given, ServiceClient service, CancellationToken cancelled)
    {
        if (MacAddress.TryParse(given, out var mac)) return (mac, Ending.Done);
        var reply = await service.GetAsync("nodes", cancelled);
        if (reply is not ServiceReply.Answered answered) return (null, reply.Say());
        var named = answered.As(StatusJson.Default.IReadOnlyListNodeView).FirstOrDefault(node => string.Equals(node.Hostname, given, StringComparison.OrdinalIgnoreCase));
        return named is null ? (null, Ending.Failed($"no machine has the name '{given}', and it is no MAC address such as 52:54:00:00:00:01")) : (named.Mac, Ending.Done);
    }
}
