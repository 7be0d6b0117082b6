using System.ComponentModel;
using System.Diagnostics;
using Sextant.Lifecycle;

namespace Sextant.Power;

/// <summary>
/// A management controller that speaks IPMI 2.0, by the program ipmitool, which reads the password from its file itself: it stands in no command line. IPMI's own protection is weak (anybody may ask a
/// controller for a hash of the password); it belongs on a network of its own.
/// </summary>
/// <param name="access">Where it is.</param>
/// <param name="program">The program.</param>
/// <param name="patience">How long it may take.</param>
public sealed class IpmiController(ControllerAccess access, string program, TimeSpan patience) : IPowerController
{
    // A controller takes an order at once, and some moments until it is so.
    private const int Looks = 10;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public async Task<PowerOutcome> DoAsync(PowerAction action, bool isUefi, CancellationToken cancelled)
    {
        var (now, failure) = await StatusAsync(cancelled);
        if (failure is not null) return failure;
        if (action is PowerAction.Status || ResetChoice.IsDone(action, now)) return new PowerOutcome.Done(now);
        if (await RunAsync(WordsOf(action, now, isUefi), cancelled) is { Failure: { } refused }) return refused;
        for (var look = 1; ; look++)
        {
            (now, failure) = await StatusAsync(cancelled);
            if (failure is not null) return failure;
            if (look == Looks || ResetChoice.HasCome(action, now)) return new PowerOutcome.Done(now);
            await Task.Delay(BetweenLooks, cancelled);
        }
    }

    /// <summary>What to say to ipmitool(1). An override of the boot device is for the next boot only unless it is asked for otherwise.</summary>
    internal static IReadOnlyList<string> WordsOf(PowerAction action, PowerState? now, bool isUefi) => action switch
    {
        PowerAction.Status => ["chassis", "power", "status"],
        PowerAction.On => ["chassis", "power", "on"],
        PowerAction.Off => ["chassis", "power", "soft"],
        PowerAction.ForceOff => ["chassis", "power", "off"],
        PowerAction.Cycle => ["chassis", "power", now is PowerState.Off ? "on" : "cycle"],
        PowerAction.NetworkBoot => isUefi ? ["chassis", "bootdev", "pxe", "options=efiboot"] : ["chassis", "bootdev", "pxe"],
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    private async Task<(PowerState? State, PowerOutcome.Failed? Failure)> StatusAsync(CancellationToken cancelled)
    {
        var (said, failure) = await RunAsync(WordsOf(PowerAction.Status, null, false), cancelled);
        if (failure is not null) return (null, failure);
        return said.Trim() switch
        {
            "Chassis Power is on" => (PowerState.On, null),
            "Chassis Power is off" => (PowerState.Off, null),
            _ => (null, Failed(PowerFailure.Malformed, "it does not say whether the machine is on")),
        };
    }

    private async Task<(string Output, PowerOutcome.Failed? Failure)> RunAsync(IReadOnlyList<string> words, CancellationToken cancelled)
    {
        var at = new Uri(access.Base);
        string[] arguments =
        [
            "-I", "lanplus", "-H", at.Host, .. at.Port < 0 ? Array.Empty<string>() : ["-p", $"{at.Port}"], "-U", access.Username, "-f", access.PasswordFile, "-N", "2", "-R", "3",
            .. access.CipherSuite is { } suite ? ["-C", $"{suite}"] : Array.Empty<string>(), .. words,
        ];
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        limited.CancelAfter(patience);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })
                ?? throw new Win32Exception("it did not start");
            process.StandardInput.Close();
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(limited.Token);
                var errors = process.StandardError.ReadToEndAsync(limited.Token);
                await process.WaitForExitAsync(limited.Token);
                return process.ExitCode == 0 ? (await output, null) : (await output, Understood(await errors));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancelled.IsCancellationRequested)
        {
            return ("", Failed(PowerFailure.Unreachable, $"it does not answer within {patience.TotalSeconds:0} seconds"));
        }
        catch (Win32Exception)
        {
            return ("", Failed(PowerFailure.Unsupported, $"the program {program} is missing; install the package ipmitool"));
        }
    }

    /// <summary>ipmitool has one exit status for everything that goes wrong, and words.</summary>
    private PowerOutcome.Failed Understood(string errors)
    {
        var said = errors.Trim().Split('\n')[^1].Trim();
        return errors.Contains("RAKP", StringComparison.Ordinal) || errors.Contains("password", StringComparison.OrdinalIgnoreCase) || errors.Contains("privilege", StringComparison.OrdinalIgnoreCase)
            ? Failed(PowerFailure.Unauthorized, "it does not take the account; correct bmc.username and what is in bmc.password_file")
            : errors.Contains("Unable to establish", StringComparison.Ordinal) ? Failed(PowerFailure.Unreachable, "it does not answer, or does not take the account")
            : Failed(PowerFailure.Refused, said);
    }

    private PowerOutcome.Failed Failed(PowerFailure reason, string explanation) => new(reason, $"{access.Base}: {explanation}");
}
