using System.Text;
using Sextant.Planning;

namespace Sextant.Rendering;

/// <summary>
/// A machine's plan as cloud-init's NoCloud seed: <c>user-data</c> and <c>meta-data</c>. Pure; the same plan, ticket and attempt give the same bytes.
/// </summary>
public static class CloudInitDocument
{
    /// <summary>The user-data: files, units, accounts and the one-time ticket. It holds no private key.</summary>
    /// <param name="plan">What the machine is to become.</param>
    /// <param name="ticket">Its one-time enrolment ticket.</param>
    /// <returns>The document, or why it must not be served.</returns>
    public static RenderedDocument Render(NodePlan plan, string ticket)
    {
        try
        {
            return YamlText.Render(Document(plan, ticket), $"the user-data of {plan.Mac}", Difference);
        }
        catch (EncoderFallbackException)
        {
            return new RenderedDocument.Broken($"a file or an SSH key of {plan.Mac} is not Unicode text");
        }
    }

    /// <summary>
    /// The meta-data. cloud-init takes a new instance-id for a new machine and configures it afresh, so the id names the install attempt and stays
    /// the same at every later boot of that install.
    /// </summary>
    /// <param name="plan">The machine.</param>
    /// <param name="attempt">The install attempt, from 1.</param>
    public static RenderedDocument RenderMetaData(NodePlan plan, int attempt) =>
        new RenderedDocument.Text($"instance-id: sextant-{plan.Mac.ToHyphenString()}-{attempt}\nlocal-hostname: \"{plan.Hostname}\"\n");

    private static UserData Document(NodePlan plan, string ticket) => new()
    {
        Hostname = plan.Hostname,
        Fqdn = plan.Fqdn,
        DisableRoot = true,
        Users =
        [
            new UserAccount
            {
                Name = NodePlan.Administrator,
                Shell = "/bin/bash",
                Sudo = "ALL=(ALL) NOPASSWD:ALL",
                LockPassword = true,
                SshAuthorizedKeys = plan.SshAuthorizedKeys.Count == 0 ? null : [.. plan.SshAuthorizedKeys.Select(YamlText.Unicode)],
            },
            .. plan.Accounts.Select(name => new UserAccount { Name = name, Shell = "/usr/sbin/nologin", LockPassword = true, System = true, NoCreateHome = true }),
        ],
        WriteFiles =
        [
            .. plan.Files.Select(WrittenFile.Of),
            .. plan.Units.Where(unit => unit.Content is not null)
                .Select(unit => WrittenFile.Of(new PlannedFile("/etc/systemd/system/" + unit.Name, Permissions.Public, "root:root", unit.Content!))),
            WrittenFile.Of(new PlannedFile(NodePlan.TicketPath, Permissions.Private, "root:root", ticket + "\n")),
        ],
        RunCommands = Commands(plan),
    };

    /// <summary>Units are started without waiting: one may wait for the bootstrapper for hours, and cloud-init's last stage must end before.</summary>
    private static List<List<string>> Commands(NodePlan plan)
    {
        string[] started = [.. plan.Units.Where(unit => unit.Enabled).Select(unit => unit.Name)];
        List<List<string>> commands = [["systemctl", "daemon-reload"]];
        if (plan.MaskedUnits.Count > 0) commands.Add(["systemctl", "mask", "--now", .. plan.MaskedUnits]);
        foreach (var reading in LateReading.Of(plan)) commands.Add(["systemctl", reading.Verb, reading.Unit]);
        if (started.Length > 0) commands.AddRange([["systemctl", "enable", .. started], ["systemctl", "start", "--no-block", .. started]]);
        return commands;
    }

    /// <summary>What the document says differently from what was meant; null when it says the same.</summary>
    private static string? Difference(UserData intended, UserData read)
    {
        if (!Scalars(read).Equals(Scalars(intended))) return "a setting";
        if (!read.Users.Select(Account).SequenceEqual(intended.Users.Select(Account))) return "an account";
        if (!read.Users.SelectMany(user => user.SshAuthorizedKeys ?? []).SequenceEqual(intended.Users.SelectMany(user => user.SshAuthorizedKeys ?? []))) return "an SSH key";
        if (read.WriteFiles.Count != intended.WriteFiles.Count) return "the number of files";
        if (intended.WriteFiles.Zip(read.WriteFiles).FirstOrDefault(pair => pair.First != pair.Second).First is { } file) return $"the file {file.Path}";
        return read.RunCommands.Count != intended.RunCommands.Count || read.RunCommands.Zip(intended.RunCommands).Any(pair => !pair.First.SequenceEqual(pair.Second))
            ? "a command"
            : null;
    }

    private static object Account(UserAccount user) => (user.Name, user.Shell, user.Sudo, user.LockPassword, user.System, user.NoCreateHome);

    private static object Scalars(UserData document) => (
        document.Hostname, document.Fqdn, document.ManageEtcHosts, document.SshPasswordAuthentication, document.DisableRoot,
        (document.PackageUpdate, document.PackageUpgrade, document.ResizeRootFilesystem, document.GrowPartition.Mode));
}
