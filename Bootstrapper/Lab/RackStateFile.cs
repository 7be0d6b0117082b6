using System.Text.Json;

namespace Sextant.Lab;

/// <summary>
/// Reads and changes <c>rack.json</c>. Several <c>sextant lab</c> commands may run at once (a machine is power-cycled while <c>up</c> still watches), so
/// every change is read, modify, write under a file lock, and every write is a rename: a reader sees the old state or the new one.
/// </summary>
public sealed class RackStateFile(RackFolder folder)
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(20);

    /// <summary>True when there is a rack, whole or half made.</summary>
    public bool Exists => File.Exists(folder.StateFile);

    /// <summary>The present state; null when there is no rack.</summary>
    /// <exception cref="LabException">The file is damaged.</exception>
    public RackState? Read()
    {
        try
        {
            return Parse(File.ReadAllBytes(folder.StateFile));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException exception)
        {
            throw new LabException($"{folder.StateFile} is damaged ({exception.Message}); remove what it names by hand: ip netns list, then the folder.");
        }
    }

    /// <summary>Writes the first state of a rack.</summary>
    public void Create(RackState state)
    {
        Directory.CreateDirectory(folder.Root);
        using var held = Lock();
        Write(state);
    }

    /// <summary>Changes the state and answers what it is now.</summary>
    /// <exception cref="LabException">There is no rack (any more).</exception>
    public RackState Update(Func<RackState, RackState> change)
    {
        if (!Exists) throw NoRack();
        using var held = Lock();
        var next = change(Read() ?? throw NoRack());
        Write(next);
        return next;
    }

    /// <summary>What every verb says when there is no rack.</summary>
    public LabException NoRack() => new($"there is no rack in {folder.Root}; make one with: sextant lab up");

    /// <summary>The file's text for a state.</summary>
    public static byte[] Print(RackState state) => JsonSerializer.SerializeToUtf8Bytes(state, RackJson.Default.RackState);

    /// <summary>The state a file's text stands for.</summary>
    /// <exception cref="JsonException">It is not one.</exception>
    public static RackState Parse(ReadOnlySpan<byte> text) =>
        JsonSerializer.Deserialize(text, RackJson.Default.RackState) ?? throw new JsonException("it holds null");

    private void Write(RackState state)
    {
        var fresh = folder.StateFile + ".new";
        File.WriteAllBytes(fresh, Print(state));
        File.Move(fresh, folder.StateFile, overwrite: true);
    }

    private FileStream Lock()
    {
        var deadline = Environment.TickCount64 + (long)LockPatience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return new FileStream(folder.LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception) when (exception is not (DirectoryNotFoundException or PathTooLongException))
            {
                if (Environment.TickCount64 > deadline) throw new LabException($"another command holds {folder.LockFile}; try again.");
                Thread.Sleep(LockRetry);
            }
        }
    }
}
