using System.Text;

namespace AkkaKv.Cli.Tests;

public sealed class RecordParserTests
{
    [Theory]
    [InlineData("key\tvalue", "\t", "key", "value")]
    [InlineData("key\tvalue\twith tab ", "\t", "key", "value\twith tab ")]
    [InlineData("key\t", "\t", "key", "")]
    [InlineData("key\tvalue\r", "\t", "key", "value\r")]
    [InlineData("0041;LATIN CAPITAL LETTER A;Lu;0;L", ";", "0041", "LATIN CAPITAL LETTER A;Lu;0;L")]
    [InlineData("a::b::c", "::", "a", "b::c")]
    public void RecordParser_should_cut_a_plain_line_at_the_first_separator(string line, string separator, string key, string value)
    {
        var record = Parse(line, RecordFormat.Plain(separator));

        Assert.Equal((key, value), (Encoding.UTF8.GetString(record.Key), Encoding.UTF8.GetString(record.Value)));
    }

    [Fact]
    public void RecordParser_should_keep_every_byte_of_a_plain_line()
    {
        var everyByte = Enumerable.Range(0, 256).Select(value => (byte)value).Except("\n\t"u8.ToArray()).ToArray();

        var record = RecordParser.Parse(new Line(1, (byte[])[.. everyByte, (byte)'\t', .. everyByte], 0), RecordFormat.Plain("\t"));

        Assert.Equal(everyByte, record.Key);
        Assert.Equal(everyByte, record.Value);
    }

    [Theory]
    [InlineData("""{"key":"k","value":"v"}""", "k", "v", null)]
    [InlineData("""{"value64":"dg==","key64":"aw==","contentType":"a/b"}""", "k", "v", "a/b")]
    [InlineData("""  {"key":"ü\n\u0000","value":"","version":"[n1,1]"} """ + "\r", "ü\n\0", "", null)]
    [InlineData("\ufeff" + """{"key":"k","value":"v"}""", "k", "v", null)]
    public void RecordParser_should_read_json_lines(string line, string key, string value, string? contentType)
    {
        var record = Parse(line, RecordFormat.Json);

        Assert.Equal((key, value), (Encoding.UTF8.GetString(record.Key), Encoding.UTF8.GetString(record.Value)));
        Assert.Equal(contentType, record.ContentType);
    }

    [Theory]
    [InlineData("no separator here", false, "there is no separator '\\t' in the line")]
    [InlineData("\tvalue", false, "the key has 0 bytes; keys have 1 to 1,024")]
    [InlineData("{", true, "the line is not valid JSON")]
    [InlineData("[]", true, "the line is no JSON object")]
    [InlineData("""{"key":"k"}""", true, "\"value\" or \"value64\" is missing")]
    [InlineData("""{"value":"v"}""", true, "\"key\" or \"key64\" is missing")]
    [InlineData("""{"key":1,"value":"v"}""", true, "\"key\" is not a string")]
    [InlineData("""{"key":"k","value64":"?"}""", true, "\"value64\" is not base64")]
    [InlineData("""{"key":"k","key64":"aw==","value":"v"}""", true, "both \"key\" and \"key64\" are given")]
    [InlineData("""{"key":"\ud800","value":"v"}""", true, "\"key\" is not valid Unicode text")]
    [InlineData("""{"key":"k","value":"v"} x""", true, "the line is not valid JSON")]
    [InlineData("""{"key":"k","siblings":[]}""", true, "the record has siblings")]
    [InlineData("""{"key":"k","value":"v","contentType":1}""", true, "the line is not valid JSON")]
    public void RecordParser_should_say_what_is_wrong_with_a_line(string line, bool isJson, string reason)
    {
        var fault = Assert.Throws<FormatException>(() => Parse(line, isJson ? RecordFormat.Json : RecordFormat.Plain("\t")));

        Assert.StartsWith(reason, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RecordParser_should_refuse_a_key_over_the_limit() =>
        Assert.Throws<FormatException>(() => Parse(new string('k', 1025) + "\tv", RecordFormat.Plain("\t")));

    [Fact]
    public void RecordParser_should_refuse_json_that_is_no_utf8()
    {
        var line = new Line(1, Encoding.Latin1.GetBytes("{\"key\":\"\u00ff\",\"value\":\"\"}"), 0);

        Assert.Throws<FormatException>(() => RecordParser.Parse(line, RecordFormat.Json));
    }

    [Theory]
    [InlineData("""{"key":"k","value":"v"}""", true)]
    [InlineData("\ufeff  {", true)]
    [InlineData("key\tvalue", false)]
    [InlineData("0041;LATIN", false)]
    public void RecordFormat_should_be_told_by_the_first_line(string line, bool isJson) =>
        Assert.Equal(isJson, RecordFormat.Detect(Encoding.UTF8.GetBytes(line)).IsJson);

    private static ImportRecord Parse(string line, RecordFormat format) =>
        RecordParser.Parse(new Line(1, Encoding.UTF8.GetBytes(line), 0), format);
}
