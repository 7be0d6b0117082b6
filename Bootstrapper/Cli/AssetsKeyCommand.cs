using System.CommandLine;
using System.Text.Json;
using Sextant.Bundle;

namespace Sextant.Cli;

/// <summary><c>sextant assets key</c>: the public half of the key that the site signs bundles with.</summary>
internal static class AssetsKeyCommand
{
    /// <summary>The verb: the fingerprint goes to standard error, the key to standard output.</summary>
    public static Command Create()
    {
        var state = BundleArguments.State();
        var json = BundleArguments.Json();
        var command = new Command("key", "Print the public key that this site's bundles are signed with, and its fingerprint.") { state, json };
        command.SetAction((result, _) => BundleArguments.GuardAsync("key", "no key was made", () => Task.FromResult(Print(result.GetRequiredValue(state), result.GetValue(json)))));
        return command;
    }

    private static int Print(string state, bool asJson)
    {
        switch (new BundleKeyFolder(state).OpenOrCreate())
        {
            case SiteKeyResult.Opened(var key, _):
                using (key)
                {
                    if (asJson) Console.Out.WriteLine(JsonSerializer.Serialize(new BundleKeyReport(key.Signer.Fingerprint, key.Signer.Pem), BundleReportJson.Readable.BundleKeyReport));
                    else
                    {
                        Console.Error.WriteLine(key.Signer.Fingerprint);
                        Console.Out.Write(key.Signer.Pem);
                    }
                }
                return 0;
            case SiteKeyResult.Unusable(var problem):
                return Ending.Failed([problem]);
            case var other:
                throw new InvalidOperationException($"no case for {other}");
        }
    }
}
