using System.Text;
using System.Text.Json;
using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>
/// A machine's plan as an Ignition configuration, which is carried out once, before the installed system starts for the first time: so units are enabled
/// and start with it, and those that wait for certificates are kept back by their own conditions. Pure; the same plan and ticket give the same bytes.
/// </summary>
public static class IgnitionDocument
{
    /// <summary>The specification's version, of this document and of the installers'.</summary>
    internal const string Version = "3.3.0";
    private const string DataUrl = "data:;base64,";

    /// <summary>The configuration: files, units, accounts and the one-time ticket. It holds no private key.</summary>
    /// <param name="plan">What the machine is to become.</param>
    /// <param name="ticket">Its one-time enrolment ticket.</param>
    /// <returns>The document, or why it must not be served.</returns>
    public static RenderedDocument Render(NodePlan plan, string ticket)
    {
        try
        {
            return Write(plan, Document(plan, ticket));
        }
        catch (EncoderFallbackException)
        {
            return new RenderedDocument.Broken($"a file or an SSH key of {plan.Mac} is not Unicode text");
        }
    }

    /// <summary>A configuration as text that says what was meant.</summary>
    internal static RenderedDocument Write(NodePlan plan, IgnitionConfig intended)
    {
        var text = JsonSerializer.Serialize(intended, IgnitionJson.Readable.IgnitionConfig) + "\n";
        return Difference(intended, text) is { } problem
            ? new RenderedDocument.Broken($"the Ignition configuration of {plan.Mac} does not read back as it was meant: {problem}")
            : new RenderedDocument.Text(text);
    }

    private static IgnitionConfig Document(NodePlan plan, string ticket) => new(
        new IgnitionVersion(Version),
        new IgnitionAccounts(
        [
            new IgnitionUser(NodePlan.Administrator, [.. plan.SshAuthorizedKeys], "/bin/bash", null, null),
            // No shell is named: where the system has this account already, it is not in the file that such a change would be made in.
            .. plan.Accounts.Select(name => new IgnitionUser(name, null, null, true, true)),
        ]),
        new IgnitionStorage(
        [
            File(new PlannedFile("/etc/hostname", Permissions.Public, "root:root", plan.Hostname + "\n")),
            File(Administrator.Rule),
            .. NodeUnit.OtherFiles(plan).Select(File),
            File(new PlannedFile(NodePlan.TicketPath, Permissions.Private, "root:root", ticket + "\n")),
        ]),
        new IgnitionUnits([.. NodeUnit.AllOf(plan).Select(Unit)]));

    /// <summary>A file that takes the place of one that may be there.</summary>
    internal static IgnitionFile File(PlannedFile file)
    {
        var owner = file.Owner.Split(':');
        return new IgnitionFile(
            file.Path, file.Mode, true, new IgnitionName(owner[0]), new IgnitionName(owner[1]), new IgnitionContents(DataUrl + YamlText.Base64(file.Content)));
    }

    private static IgnitionUnit Unit(NodeUnit unit) => new(
        unit.Name, unit.Enabled ? true : null, unit.Masked ? true : null, unit.Content,
        unit.DropIns.Count == 0 ? null : [.. unit.DropIns.Select(one => new IgnitionDropIn(one.Name, one.Content))]);

    /// <summary>What the text says differently from what was meant; null when it says the same.</summary>
    private static string? Difference(IgnitionConfig intended, string text)
    {
        IgnitionConfig? read;
        try
        {
            read = JsonSerializer.Deserialize(text, IgnitionJson.Readable.IgnitionConfig);
        }
        catch (JsonException invalid)
        {
            return invalid.Message;
        }
        if (read is null) return "it is empty";
        if (read.Ignition != intended.Ignition) return "the version";
        if (!read.Passwd.Users.Select(user => user with { SshAuthorizedKeys = null }).SequenceEqual(intended.Passwd.Users.Select(user => user with { SshAuthorizedKeys = null })))
            return "an account";
        if (!Keys(read).SequenceEqual(Keys(intended))) return "an SSH key";
        if (!read.Storage.Files.SequenceEqual(intended.Storage.Files)) return "a file";
        if (!read.Systemd.Units.Select(unit => unit with { Dropins = null }).SequenceEqual(intended.Systemd.Units.Select(unit => unit with { Dropins = null }))) return "a unit";
        return DropIns(read).SequenceEqual(DropIns(intended)) ? null : "a drop-in of a unit";
    }

    private static IEnumerable<(string, string)> Keys(IgnitionConfig config) =>
        config.Passwd.Users.SelectMany(user => (user.SshAuthorizedKeys ?? []).Select(key => (user.Name, key)));

    private static IEnumerable<(string, IgnitionDropIn)> DropIns(IgnitionConfig config) =>
        config.Systemd.Units.SelectMany(unit => (unit.Dropins ?? []).Select(one => (unit.Name, one)));
}
