using System.Text;
using Sextant.Planning;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Sextant.Rendering;

/// <summary>
/// A machine's plan as cloud-init's NoCloud seed: <c>user-data</c> and <c>meta-data</c>. Pure; the same plan, ticket and attempt give the same bytes.
/// </summary>
public static class CloudInitDocument
{
    private const string Header = "#cloud-config\n";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Costly to make, in time and memory, so there is one of each; their documentation promises nothing about use by several threads, so they take turns.
    private static readonly Lock Turn = new();

    private static readonly ISerializer Serializer =
        new SerializerBuilder().WithQuotingNecessaryStrings(quoteYaml1_1Strings: true).WithIndentedSequences().WithMaximumRecursion(10).Build();

    private static readonly IDeserializer Deserializer = new DeserializerBuilder().WithDuplicateKeyChecking().Build();

    /// <summary>The user-data: files, units, the administrator's account and the one-time ticket. It holds no private key.</summary>
    /// <param name="plan">What the machine is to become.</param>
    /// <param name="ticket">Its one-time enrolment ticket.</param>
    /// <returns>The document, or why it must not be served.</returns>
    public static RenderedDocument Render(NodePlan plan, string ticket)
    {
        UserData intended;
        try
        {
            intended = Document(plan, ticket);
        }
        catch (EncoderFallbackException)
        {
            return new RenderedDocument.Broken($"a file or an SSH key of {plan.Mac} is not Unicode text");
        }
        lock (Turn)
        {
            var text = Header + Serializer.Serialize(intended).ReplaceLineEndings("\n");
            return Difference(intended, text) is { } problem
                ? new RenderedDocument.Broken($"the user-data of {plan.Mac} does not read back as it was meant: {problem}")
                : new RenderedDocument.Text(text);
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

    private static UserData Document(NodePlan plan, string ticket)
    {
        string[] started = [.. plan.Units.Where(unit => unit.Enabled).Select(unit => unit.Name)];
        return new UserData
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
                    SshAuthorizedKeys = plan.SshAuthorizedKeys.Count == 0 ? null : [.. plan.SshAuthorizedKeys.Select(Unicode)],
                },
            ],
            WriteFiles =
            [
                .. plan.Files.Select(file => File(file.Path, file.Mode, file.Owner, file.Content)),
                .. plan.Units.Where(unit => unit.Content is not null)
                    .Select(unit => File("/etc/systemd/system/" + unit.Name, Permissions.Public, "root:root", unit.Content!)),
                File(NodePlan.TicketPath, Permissions.Private, "root:root", ticket + "\n"),
            ],
            // Started without waiting: a unit may wait for the bootstrapper for hours, and cloud-init's last stage must end before.
            RunCommands = started.Length == 0
                ? [["systemctl", "daemon-reload"]]
                : [["systemctl", "daemon-reload"], ["systemctl", "enable", .. started], ["systemctl", "start", "--no-block", .. started]],
        };
    }

    private static WrittenFile File(string path, int mode, string owner, string content)
    {
        var plain = IsPlain(content);
        return new WrittenFile
        {
            Path = path,
            Permissions = "0" + Convert.ToString(mode, 8),
            Owner = owner,
            Encoding = plain ? null : "b64",
            Content = plain ? content : Convert.ToBase64String(StrictUtf8.GetBytes(content)),
        };
    }

    /// <summary>The text itself; throws when it has half a surrogate pair, which UTF-8 cannot encode.</summary>
    private static string Unicode(string text)
    {
        _ = StrictUtf8.GetByteCount(text);
        return text;
    }

    /// <summary>
    /// Whether a literal block carries the text unchanged to every YAML 1.1 and 1.2 reader. Other line ends than LF are folded into it, control
    /// characters are forbidden, blank lines alone are chomped, and indentation at the very beginning needs a hint that not all readers agree on.
    /// </summary>
    private static bool IsPlain(string content) =>
        content.Length > 0 && content[0] is not (' ' or '\t' or '\n')
        && content.All(character => character is '\n' or '\t' or (>= ' ' and <= '~') or (>= '\u00a0' and < '\ud800' and not ('\u2028' or '\u2029')));

    /// <summary>What the text says differently from what was meant; null when it says the same.</summary>
    private static string? Difference(UserData intended, string text)
    {
        UserData? read;
        try
        {
            read = Deserializer.Deserialize<UserData?>(text);
        }
        catch (YamlException invalid)
        {
            return invalid.Message;
        }
        if (read is null) return "it is empty";
        if (!Scalars(read).Equals(Scalars(intended))) return "a setting";
        if (!read.Users.Select(user => (user.Name, user.Shell, user.Sudo, user.LockPassword))
            .SequenceEqual(intended.Users.Select(user => (user.Name, user.Shell, user.Sudo, user.LockPassword)))) return "an account";
        if (!read.Users.SelectMany(user => user.SshAuthorizedKeys ?? []).SequenceEqual(intended.Users.SelectMany(user => user.SshAuthorizedKeys ?? []))) return "an SSH key";
        if (read.WriteFiles.Count != intended.WriteFiles.Count) return "the number of files";
        if (intended.WriteFiles.Zip(read.WriteFiles).FirstOrDefault(pair => pair.First != pair.Second).First is { } file) return $"the file {file.Path}";
        return read.RunCommands.Count != intended.RunCommands.Count || read.RunCommands.Zip(intended.RunCommands).Any(pair => !pair.First.SequenceEqual(pair.Second))
            ? "a command"
            : null;
    }

    private static object Scalars(UserData document) => (
        document.Hostname, document.Fqdn, document.ManageEtcHosts, document.SshPasswordAuthentication, document.DisableRoot,
        (document.PackageUpdate, document.PackageUpgrade, document.ResizeRootFilesystem, document.GrowPartition.Mode));
}
