using System.Text;
using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>
/// A machine's plan as cloud-config in the dialect of CoreOS, for Flatcar. It is carried out by the running system, at every start and always in the same
/// way, so nothing in it may be harmful the second time: a ticket that is written again has been used, and the enrolment then finds nothing to do. Pure; the
/// same plan and ticket give the same bytes.
/// </summary>
public static class CloudConfigDocument
{
    /// <summary>The unit that starts the others. A command of the document would wait for each of them, and one may wait for the bootstrapper for hours.</summary>
    private const string Starter = "sextant-start.service";

    /// <summary>The document: files, units, accounts and the one-time ticket. It holds no private key.</summary>
    /// <param name="plan">What the machine is to become.</param>
    /// <param name="ticket">Its one-time enrolment ticket.</param>
    /// <returns>The document, or why it must not be served.</returns>
    public static RenderedDocument Render(NodePlan plan, string ticket)
    {
        var units = NodeUnit.AllOf(plan);
        // The format has no other form for these texts than the literal one.
        if (units.FirstOrDefault(unit => unit.DropIns.Select(one => one.Content).Append(unit.Content ?? "-").Any(text => !YamlText.IsPlain(text))) is { } awkward)
            return new RenderedDocument.Broken($"the cloud-config of {plan.Mac} cannot carry the text of the unit {awkward.Name}");
        try
        {
            return YamlText.Render(Document(plan, units, ticket), $"the cloud-config of {plan.Mac}", Difference);
        }
        catch (EncoderFallbackException)
        {
            return new RenderedDocument.Broken($"a file or an SSH key of {plan.Mac} is not Unicode text");
        }
    }

    private static CloudConfig Document(NodePlan plan, IReadOnlyList<NodeUnit> units, string ticket) => new()
    {
        Hostname = plan.Hostname,
        Users =
        [
            new CloudConfigUser
            {
                Name = NodePlan.Administrator,
                Shell = "/bin/bash",
                SshAuthorizedKeys = plan.SshAuthorizedKeys.Count == 0 ? null : [.. plan.SshAuthorizedKeys.Select(YamlText.Unicode)],
            },
            .. plan.Accounts.Select(name => new CloudConfigUser { Name = name, System = true, NoCreateHome = true }),
        ],
        WriteFiles =
        [
            WrittenFile.Of(Administrator.Rule),
            .. NodeUnit.OtherFiles(plan).Select(WrittenFile.Of),
            WrittenFile.Of(new PlannedFile(NodePlan.TicketPath, Permissions.Private, "root:root", ticket + "\n")),
        ],
        Coreos = new CoreosSection
        {
            Units =
            [
                .. units.Select(Unit),
                .. LateReading.Of(plan).Select(reading => new CloudConfigUnit { Name = reading.Unit, Command = reading.Verb }),
                new CloudConfigUnit { Name = Starter, Command = "start", Content = Start(units.Where(unit => unit.Enabled)) },
            ],
        },
    };

    private static CloudConfigUnit Unit(NodeUnit unit) => new()
    {
        Name = unit.Name,
        Mask = unit.Masked,
        Enable = unit.Enabled,
        Command = unit.Masked ? "stop" : null,
        Content = unit.Content,
        DropIns = unit.DropIns.Count == 0 ? null : [.. unit.DropIns.Select(one => new CloudConfigDropIn { Name = one.Name, Content = one.Content })],
    };

    private static string Start(IEnumerable<NodeUnit> units) => $"""
        [Unit]
        Description=The units of this machine's configuration, now that it is written

        [Service]
        Type=oneshot
        ExecStart=/usr/bin/systemctl start --no-block {string.Join(' ', units.Select(unit => unit.Name))}

        """.ReplaceLineEndings("\n");

    /// <summary>What the document says differently from what was meant; null when it says the same.</summary>
    private static string? Difference(CloudConfig intended, CloudConfig read)
    {
        if (read.Hostname != intended.Hostname) return "the host name";
        if (!read.Users.Select(Account).SequenceEqual(intended.Users.Select(Account))) return "an account";
        if (!read.Users.SelectMany(user => user.SshAuthorizedKeys ?? []).SequenceEqual(intended.Users.SelectMany(user => user.SshAuthorizedKeys ?? []))) return "an SSH key";
        if (!read.WriteFiles.SequenceEqual(intended.WriteFiles)) return "a file";
        if (!read.Coreos.Units.Select(Unit).SequenceEqual(intended.Coreos.Units.Select(Unit))) return "a unit";
        return read.Coreos.Units.SelectMany(unit => unit.DropIns ?? []).SequenceEqual(intended.Coreos.Units.SelectMany(unit => unit.DropIns ?? [])) ? null : "a drop-in of a unit";
    }

    private static object Account(CloudConfigUser user) => (user.Name, user.Shell, user.System, user.NoCreateHome);

    private static object Unit(CloudConfigUnit unit) => (unit.Name, unit.Mask, unit.Enable, unit.Command, unit.Content, unit.DropIns?.Count);
}
