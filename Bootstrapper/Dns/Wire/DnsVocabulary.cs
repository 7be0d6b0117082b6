namespace Sextant.Dns.Wire;

/// <summary>Types of records (RFC 1035 §3.2.2, §3.2.3 and the registry that grew from it), those this service has to know.</summary>
public enum DnsType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,
    /// <summary>A name server of a zone.</summary>
    Ns = 2,
    /// <summary>The canonical name of an alias.</summary>
    Cname = 5,
    /// <summary>Where a zone of authority starts.</summary>
    Soa = 6,
    /// <summary>A pointer to a name; what an address is called.</summary>
    Ptr = 12,
    /// <summary>Host information; today the answer to ANY (RFC 8482 §4.2).</summary>
    Hinfo = 13,
    /// <summary>Where mail goes.</summary>
    Mx = 15,
    /// <summary>Text.</summary>
    Txt = 16,
    /// <summary>An IPv6 address (RFC 3596).</summary>
    Aaaa = 28,
    /// <summary>Where a service is (RFC 2782).</summary>
    Srv = 33,
    /// <summary>The alias of a whole subtree (RFC 6672).</summary>
    Dname = 39,
    /// <summary>The pseudo record of EDNS (RFC 6891).</summary>
    Opt = 41,
    /// <summary>The first of the types that ask for something else than records (RFC 6895 §3.1).</summary>
    FirstMeta = 128,
    /// <summary>Transfer of what changed in a zone.</summary>
    Ixfr = 251,
    /// <summary>Transfer of a zone.</summary>
    Axfr = 252,
    /// <summary>Everything of a name, which nobody has to answer any more (RFC 8482).</summary>
    Any = 255,
}

/// <summary>Classes of records (RFC 1035 §3.2.4).</summary>
public enum DnsClass : ushort
{
    /// <summary>The Internet.</summary>
    In = 1,
    /// <summary>Chaosnet; today what servers say of themselves.</summary>
    Ch = 3,
}

/// <summary>Operations (RFC 1035 §4.1.1).</summary>
public enum DnsOpcode : byte
{
    /// <summary>A question.</summary>
    Query = 0,
}

/// <summary>Response codes (RFC 1035 §4.1.1, RFC 6891 §9).</summary>
public enum DnsResponseCode : ushort
{
    /// <summary>No error; without answers it means that the name has nothing of the type.</summary>
    NoError = 0,
    /// <summary>The message cannot be read.</summary>
    FormErr = 1,
    /// <summary>The server failed.</summary>
    ServFail = 2,
    /// <summary>The name does not exist, nor anything below it (RFC 8020).</summary>
    NxDomain = 3,
    /// <summary>The operation is not implemented.</summary>
    NotImp = 4,
    /// <summary>The server does not do this, or not for you.</summary>
    Refused = 5,
    /// <summary>The version of EDNS is not known (RFC 6891 §6.1.3); carried in twelve bits.</summary>
    BadVers = 16,
}

/// <summary>Extended errors (RFC 8914 §4) that this service gives.</summary>
public enum DnsExtendedError : ushort
{
    /// <summary>None; not a code of the registry's.</summary>
    None = ushort.MaxValue,
    /// <summary>The answer is older than its time to live (RFC 8767).</summary>
    StaleAnswer = 3,
    /// <summary>The denial is older than its time to live.</summary>
    StaleNxDomainAnswer = 19,
    /// <summary>The failure was met a moment ago and is remembered (RFC 9520).</summary>
    CachedError = 13,
    /// <summary>The client may not ask this.</summary>
    Prohibited = 18,
    /// <summary>Nobody is there to ask.</summary>
    NotAuthoritative = 20,
    /// <summary>No upstream answered.</summary>
    NoReachableAuthority = 22,
}

/// <summary>Why a message is not read.</summary>
public enum DnsError
{
    /// <summary>It is.</summary>
    None,
    /// <summary>Fewer than the twelve octets of a header.</summary>
    TooShort,
    /// <summary>A response where a query is expected: never answered, or two servers talk for ever.</summary>
    IsResponse,
    /// <summary>A query where a response is expected.</summary>
    IsQuery,
    /// <summary>An operation other than a question.</summary>
    OtherOperation,
    /// <summary>Not exactly one question (RFC 9619).</summary>
    QuestionCount,
    /// <summary>The octets end inside of something.</summary>
    Truncated,
    /// <summary>A label with the reserved types 01 or 10 (RFC 1035 §4.1.4, RFC 6891 §5).</summary>
    ReservedLabel,
    /// <summary>A name of more than 255 octets (RFC 1035 §2.3.4).</summary>
    NameTooLong,
    /// <summary>A compression pointer that does not point strictly backwards behind the header (RFC 9267 §2).</summary>
    BadPointer,
    /// <summary>A compressed name in the question, where nothing stands that it could point to.</summary>
    CompressedQuestion,
    /// <summary>Data of a record that is longer or shorter than its length says.</summary>
    BadData,
    /// <summary>More than one OPT record (RFC 6891 §6.1.1).</summary>
    SeveralOpts,
    /// <summary>An OPT record whose owner is not the root (RFC 6891 §6.1.2).</summary>
    OptOwner,
}
