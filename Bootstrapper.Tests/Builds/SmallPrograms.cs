using System.Buffers.Binary;
using System.Text;

namespace Sextant.Tests.Builds;

/// <summary>Programs made octet by octet: static ones for linux/amd64 that write a line and end.</summary>
internal static class SmallPrograms
{
    private const ulong Base = 0x400000;
    private const int HeadersLength = 64 + 56;

    /// <summary>A program that says something on standard output.</summary>
    public static byte[] Saying(string text)
    {
        var words = Encoding.ASCII.GetBytes(text + "\n");
        byte[] code =
        [
            0xB8, 1, 0, 0, 0,                                           // mov eax, 1 (write)
            0xBF, 1, 0, 0, 0,                                           // mov edi, 1
            0x48, 0x8D, 0x35, 0x10, 0, 0, 0,                            // lea rsi, [rip + 16]: behind the code
            0xBA, (byte)words.Length, (byte)(words.Length >> 8), 0, 0,  // mov edx, length
            0x0F, 0x05,                                                 // syscall
            0xB8, 60, 0, 0, 0, 0x31, 0xFF, 0x0F, 0x05,                  // exit(0)
        ];
        var file = new byte[HeadersLength + code.Length + words.Length];
        "\u007fELF"u8.CopyTo(file);
        (file[4], file[5], file[6]) = (2, 1, 1);
        Write16(16, 2);
        Write16(18, 62);
        Write32(20, 1);
        Write64(24, Base + HeadersLength);
        Write64(32, 64);
        Write16(52, 64);
        Write16(54, 56);
        Write16(56, 1);
        Write32(64, 1);            // PT_LOAD
        Write32(68, 5);            // read, execute
        Write64(80, Base);
        Write64(88, Base);
        Write64(96, (ulong)file.Length);
        Write64(104, (ulong)file.Length);
        Write64(112, 0x1000);
        code.CopyTo(file, HeadersLength);
        words.CopyTo(file, HeadersLength + code.Length);
        return file;

        void Write16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);
        void Write32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
        void Write64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);
    }

    /// <summary>Writes such programs into a folder.</summary>
    public static string Write(string folder, params (string Name, string Says)[] programs)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, says) in programs)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllBytes(path, Saying(says));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        return folder;
    }

    /// <summary>A whole Kubernetes of such programs, and the plugins it needs.</summary>
    public static string WriteKubernetes(string folder, string version) => Write(folder,
        ("kubelet", $"Kubernetes v{version}"), ("kubectl", "kubectl"), ("kube-apiserver", "apiserver"), ("kube-controller-manager", "controller manager"),
        ("kube-scheduler", "scheduler"), ("kube-proxy", "proxy"), ("pause", "pause"));
}
